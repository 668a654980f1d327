"""Pages of real files, rendered by real processes."""

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import psutil
import pypdfium2
import pytest
from PIL import Image

from tests.pdfs import blank_pdf, drawn_pdf, locked_pdf, scanned_pdf, written
from vlmhb.domain.data_step import DataStep
from vlmhb.errors import StorageError, UnusableError
from vlmhb.system.files import sha256_of_file
from vlmhb.system.page_cache import PageCache
from vlmhb.system.page_notes import SUFFIX, DocumentNotes, NoPicture, Picture, read_notes
from vlmhb.system.render_job import KEPT_AFTER, LIMITS, Limits
from vlmhb.system.renderer import Kind, Renderer, Wish, renderer_name

HOUR_OF_WORK = b"0 0 200 200 re W n 0 0 m 10 200 90 -100 200 200 c b*\n" * 3_000_000
SMALL = replace(LIMITS, memory_bytes=400 << 20)
RENDER = """
import sys
from pathlib import Path
from vlmhb.system.files import sha256_of_file
from vlmhb.system.page_cache import PageCache
from vlmhb.system.renderer import Renderer, Wish
file = Path(sys.argv[2])
cache = PageCache(Path(sys.argv[1]), lambda step: print(step.done, flush=True))
Renderer(cache, 200).render([Wish(file, sha256_of_file(file), "pdf", 10_000)])
"""


@pytest.fixture
def cache(tmp_path: Path) -> PageCache:
    return PageCache(tmp_path / "cache")


def wish(file: Path, kind: Kind = "pdf", max_pages: int = 10_000) -> Wish:
    return Wish(file, sha256_of_file(file), kind, max_pages)


def rendered(cache: PageCache, *wishes: Wish, limits: Limits = LIMITS) -> list[DocumentNotes]:
    return list(Renderer(cache, 200, limits).render(wishes))


def problems(notes: DocumentNotes) -> dict[int, str]:
    return {n: page.problem for n, page in notes.pages.items() if isinstance(page, NoPicture)}


def kept(cache: PageCache, notes: DocumentNotes, page: int) -> Path:
    picture = notes.pages[page]
    assert isinstance(picture, Picture)
    return cache.path(picture.sha256, SUFFIX)


def files_below(folder: Path) -> dict[Path, int]:
    return {file: file.stat().st_mtime_ns for file in folder.rglob("*") if file.is_file()}


def child_count() -> int:
    """Renderers below this process, which has other children when all tests run."""
    return sum(
        "render_child" in _words(child) for child in psutil.Process().children(recursive=True)
    )


def _words(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.NoSuchProcess:
        return ""


def test_a_scan_keeps_its_pixels(tmp_path: Path, cache: PageCache):
    """At its own resolution nothing is resampled: not one pixel is neither black nor white."""
    file = scanned_pdf(tmp_path / "scan.pdf", pages=2)

    (notes,) = rendered(cache, wish(file))

    assert 2 == notes.page_count
    with Image.open(kept(cache, notes, 2)) as page:
        assert (100, 150) == page.size
        colours = page.convert("L").getcolors()
        assert colours is not None
        assert {0, 255} >= {min(255, (value + 8) // 16 * 16) for _, value in colours}


@pytest.mark.parametrize(
    ("points", "dpi", "pixels"),
    [((144, 72), 100, (200, 100)), ((595.44, 842.04), 200, (1654, 2339)), ((0.1, 9), 8, (1, 1))],
)
def test_dpi_decides_the_size(
    tmp_path: Path,
    cache: PageCache,
    points: tuple[float, float],
    dpi: int,
    pixels: tuple[int, int],
):
    """To the nearest pixel: one more would blur a scan, which has its size in points from dpi."""
    file = blank_pdf(tmp_path / "a.pdf", [points])

    notes = Renderer(cache, dpi).render([wish(file)])[0]

    page = notes.pages[1]
    assert isinstance(page, Picture)
    assert pixels == (page.width_px, page.height_px)


def test_only_the_first_pages_of_a_thousand_are_rendered(tmp_path: Path, cache: PageCache):
    file = blank_pdf(tmp_path / "long.pdf", [(20 + n, 30) for n in range(1000)])

    (notes,) = rendered(cache, wish(file, max_pages=3))

    assert (1000, [1, 2, 3]) == (notes.page_count, sorted(notes.pages))
    assert 3 == sum(file.suffix == ".png" for file in files_below(tmp_path / "cache"))


def test_a_second_time_nothing_is_rendered(tmp_path: Path, cache: PageCache):
    wishes = [wish(scanned_pdf(tmp_path / f"{n}.pdf", pages=n)) for n in (1, 2, 3)]
    first = rendered(cache, *wishes)
    before = files_below(tmp_path / "cache")

    second = rendered(cache, *wishes, limits=replace(LIMITS, memory_bytes=1))

    assert first == second
    assert before == files_below(tmp_path / "cache")


def test_more_pages_than_before_are_added_to_what_is_there(tmp_path: Path, cache: PageCache):
    file = scanned_pdf(tmp_path / "a.pdf", pages=4)
    rendered(cache, wish(file, max_pages=2))
    pictures = {
        file: at for file, at in files_below(tmp_path / "cache").items() if file.suffix == ".png"
    }

    (notes,) = rendered(cache, wish(file))

    assert [1, 2, 3, 4] == sorted(notes.pages)
    now = files_below(tmp_path / "cache")
    assert pictures == {file: now[file] for file in pictures}


@pytest.mark.parametrize("left", [None, b"", b"half a picture"])
def test_a_page_that_left_the_cache_is_rendered_again(
    tmp_path: Path, cache: PageCache, left: bytes | None
):
    file = scanned_pdf(tmp_path / "a.pdf", pages=2)
    (notes,) = rendered(cache, wish(file))
    whole = kept(cache, notes, 2).read_bytes()
    kept(cache, notes, 2).unlink()
    if left is not None:
        kept(cache, notes, 2).write_bytes(left)

    (again,) = rendered(cache, wish(file))

    assert notes == again
    assert whole == kept(cache, notes, 2).read_bytes()


@pytest.mark.parametrize("damage", [b"", b"{", b'{"page_count": "many", "pages": {}}'])
def test_damaged_notes_are_made_again(tmp_path: Path, cache: PageCache, damage: bytes):
    asked = wish(scanned_pdf(tmp_path / "a.pdf"))
    (notes,) = rendered(cache, asked)
    cache.note(Renderer(cache, 200).key(asked)).write_bytes(damage)

    assert [notes] == rendered(cache, asked)


def test_a_file_that_is_there_twice_is_rendered_once(tmp_path: Path, cache: PageCache):
    file = scanned_pdf(tmp_path / "a.pdf")
    twin = tmp_path / "b.pdf"
    twin.write_bytes(file.read_bytes())

    one, other = rendered(cache, wish(file), wish(twin))

    assert one is other


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "not a PDF, or damaged beyond repair"),
        (b"\x89PNG\r\n", "not a PDF, or damaged beyond repair"),
        (b"%PDF-1.7\n" + b"\xff" * 200, "not a PDF, or damaged beyond repair"),
    ],
)
def test_what_is_no_pdf_is_said_so(tmp_path: Path, cache: PageCache, content: bytes, problem: str):
    file = tmp_path / "a.pdf"
    file.write_bytes(content)

    (notes,) = rendered(cache, wish(file))

    assert (problem, None) == (notes.problem, notes.page_count)


def test_a_pdf_cut_short_is_repaired_or_refused(tmp_path: Path, cache: PageCache):
    """PDFium rebuilds a lost table of contents; whatever it makes of the rest, nobody crashes."""
    whole = scanned_pdf(tmp_path / "a.pdf", pages=3).read_bytes()
    wishes = []
    for tenth in range(1, 10):
        file = tmp_path / f"cut{tenth}.pdf"
        file.write_bytes(whole[: len(whole) * tenth // 10])
        wishes.append(wish(file))

    found = rendered(cache, *wishes)

    assert all(notes.problem or notes.is_complete(10_000) for notes in found)
    assert [found[0].problem] == ["not a PDF, or damaged beyond repair"]


def test_a_pdf_with_a_password_is_refused(tmp_path: Path, cache: PageCache):
    (notes,) = rendered(cache, wish(locked_pdf(tmp_path / "a.pdf")))

    assert "encrypted: it opens with a password only" == notes.problem


def test_a_pdf_without_pages_is_refused(tmp_path: Path, cache: PageCache):
    (notes,) = rendered(cache, wish(blank_pdf(tmp_path / "a.pdf", [])))

    assert "it has no pages" == notes.problem


def test_a_page_that_is_not_there_leaves_the_others(tmp_path: Path, cache: PageCache):
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Count 3/Kids[3 0 R 9 0 R 4 0 R]>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 20 20]>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 20 20]>>",
    ]

    (notes,) = rendered(cache, wish(written(tmp_path / "a.pdf", objects)))

    assert 3 == notes.page_count
    assert isinstance(notes.pages[1], Picture)
    assert ["damaged: PDFium cannot read this page"] == list(problems(notes).values())


def test_a_huge_page_is_refused_and_says_what_helps(tmp_path: Path, cache: PageCache):
    file = blank_pdf(tmp_path / "a.pdf", [(20, 20), (14400, 14400), (20, 20)])

    (notes,) = rendered(cache, wish(file))

    assert {
        2: "40000 x 40000 pixels at 200 dpi, more than 100,000,000 in all; ask for fewer dpi"
    } == problems(notes)
    assert [1, 2, 3] == sorted(notes.pages)


def test_a_bomb_ends_its_process_and_spares_the_other_documents(tmp_path: Path, cache: PageCache):
    """One megabyte that becomes a gigabyte meets the limit of memory."""
    bomb = drawn_pdf(tmp_path / "bomb.pdf", bytes(1 << 30))
    before, after = scanned_pdf(tmp_path / "1.pdf"), scanned_pdf(tmp_path / "2.pdf", pages=2)

    found = rendered(cache, wish(before), wish(bomb), wish(after), limits=SMALL)

    assert [{}, {}] == [problems(found[0]), problems(found[2])]
    (problem,) = problems(found[1]).values()
    assert "0.391 GiB are not enough" in problem
    assert found == rendered(cache, wish(before), wish(bomb), wish(after))
    assert 0 == child_count()


def test_endless_drawing_is_cut_off(tmp_path: Path, cache: PageCache):
    file = drawn_pdf(tmp_path / "slow.pdf", HOUR_OF_WORK)

    (notes,) = rendered(cache, wish(file), limits=replace(LIMITS, page_cpu_s=1))

    assert {1: "takes more than 1 s of CPU time"} == problems(notes)


def test_silence_is_cut_off_and_tried_again_the_next_time(tmp_path: Path, cache: PageCache):
    """A machine that has other things to do is no reason to give up on a page for good."""
    file = drawn_pdf(tmp_path / "slow.pdf", HOUR_OF_WORK)
    limits = replace(LIMITS, silence_s=0.5)

    (notes,) = rendered(cache, wish(file), limits=limits)

    assert ["no picture after 0.5 s"] == list(problems(notes).values())
    assert {} == read_notes(cache, Renderer(cache, 200).key(wish(file))).pages
    assert 0 == child_count()


def test_a_picture_larger_than_a_file_may_be_is_said_so(tmp_path: Path, cache: PageCache):
    file = scanned_pdf(tmp_path / "a.pdf")

    (notes,) = rendered(cache, wish(file), limits=replace(LIMITS, file_bytes=100))

    assert {1: "its picture is larger than a file may be"} == problems(notes)


def test_after_three_deaths_the_rest_of_a_document_is_not_tried(tmp_path: Path, cache: PageCache):
    file = drawn_pdf(tmp_path / "slow.pdf", HOUR_OF_WORK, pages=6)

    (notes,) = rendered(cache, wish(file), limits=replace(LIMITS, page_cpu_s=1))

    texts = list(problems(notes).values())
    assert ["takes more than 1 s of CPU time"] * 3 == texts[:3]
    assert ["not tried: 3 pages of this document ended the renderer"] * 3 == texts[3:]


def test_frames_of_a_tiff_are_its_pages(tmp_path: Path, cache: PageCache):
    frames = [Image.new(mode, (30 + n, 40)) for n, mode in enumerate(("1", "L", "RGB", "CMYK"))]
    file = tmp_path / "fax.tif"
    frames[0].save(file, save_all=True, append_images=frames[1:])

    (notes,) = rendered(cache, wish(file, "tiff"))

    modes = []
    for number in (1, 2, 3, 4):
        with Image.open(kept(cache, notes, number)) as page:
            modes.append((page.mode, page.width))
    assert [("1", 30), ("L", 31), ("RGB", 32), ("RGB", 33)] == modes


def test_a_tiff_of_one_frame_is_left_as_it_is(tmp_path: Path, cache: PageCache):
    file = tmp_path / "a.tiff"
    Image.new("L", (3, 4)).save(file)

    (notes,) = rendered(cache, wish(file, "tiff"))

    assert (1, {}, True) == (notes.page_count, notes.pages, notes.is_picture)
    before = files_below(tmp_path)
    assert [notes] == rendered(cache, wish(file, "tiff"))
    assert before == files_below(tmp_path)


def test_a_damaged_frame_leaves_the_others(tmp_path: Path, cache: PageCache):
    file = tmp_path / "a.tif"
    frames = [Image.effect_noise((50, 50), 99) for _ in range(3)]
    frames[0].save(file, save_all=True, append_images=frames[1:], compression="tiff_lzw")
    with Image.open(file) as image:
        image.seek(1)
        (start,) = image.tag_v2[273][:1]
    content = bytearray(file.read_bytes())
    content[start : start + 400] = b"\xff" * 400
    file.write_bytes(content)

    (notes,) = rendered(cache, wish(file, "tiff"))

    assert [1, 2, 3] == sorted(notes.pages)
    assert [2] == list(problems(notes))


def test_another_library_or_dpi_is_another_key(tmp_path: Path, cache: PageCache):
    asked = wish(scanned_pdf(tmp_path / "a.pdf"))
    tiff = replace(asked, kind="tiff")

    assert Renderer(cache, 200).key(asked) != Renderer(cache, 100).key(asked)
    assert Renderer(cache, 200).key(tiff) == Renderer(cache, 100).key(tiff)
    assert Renderer(cache, 200).key(asked) != Renderer(cache, 200).key(tiff)


def test_the_renderer_says_its_versions():
    name = renderer_name("pdf")

    versions = pypdfium2.PYPDFIUM_INFO.version, pypdfium2.PDFIUM_INFO.version
    assert "pypdfium2 {} (PDFium {})".format(*versions) == name


def test_a_cache_that_cannot_be_written_is_an_error_of_storage(tmp_path: Path):
    (tmp_path / "cache").write_text("a file")

    with pytest.raises(StorageError, match="VLMHB_DATASETS"):
        rendered(PageCache(tmp_path / "cache"), wish(scanned_pdf(tmp_path / "a.pdf")))

    assert 0 == child_count()


def test_a_child_that_cannot_start_is_an_error_with_its_last_words(
    tmp_path: Path, cache: PageCache
):
    no_limit = replace(LIMITS, memory_bytes=1 << 80)

    with pytest.raises(UnusableError, match="OverflowError"):
        rendered(cache, wish(scanned_pdf(tmp_path / "a.pdf")), limits=no_limit)


def test_an_interpreter_that_is_gone_is_told(tmp_path: Path):
    """As after an upgrade while the command goes on."""
    file = scanned_pdf(tmp_path / "a.pdf")
    code = f"import sys; sys.executable = '/gone/python'\n{RENDER}"
    words = [sys.executable, "-c", code, str(tmp_path / "cache"), str(file)]

    ended = subprocess.run(words, capture_output=True, text=True, check=False)

    assert "UnusableError: cannot start the process that renders pages: /gone" in ended.stderr


def test_a_signal_ends_the_children_too(tmp_path: Path):
    """Whoever waits for a page can be interrupted: nothing of it is left behind."""
    file = drawn_pdf(tmp_path / "slow.pdf", HOUR_OF_WORK)
    code = f"""
        from pathlib import Path
        from vlmhb.system.page_cache import PageCache
        from vlmhb.system.renderer import Renderer, Wish
        Renderer(PageCache(Path({str(tmp_path)!r})), 200).render(
            [Wish(Path({str(file)!r}), "1" * 64, "pdf", 1)]
        )
    """
    host = subprocess.Popen([sys.executable, "-c", textwrap.dedent(code)], stderr=subprocess.PIPE)
    child = child_of(host.pid)

    host.send_signal(signal.SIGINT)

    _, stderr = host.communicate(timeout=60)
    assert b"KeyboardInterrupt" in stderr
    assert not child.is_running()


def test_children_do_not_outlive_a_killed_host(tmp_path: Path):
    file = drawn_pdf(tmp_path / "slow.pdf", HOUR_OF_WORK)
    code = f"""
        from pathlib import Path
        from vlmhb.system.page_cache import PageCache
        from vlmhb.system.renderer import Renderer, Wish
        Renderer(PageCache(Path({str(tmp_path)!r})), 200).render(
            [Wish(Path({str(file)!r}), "1" * 64, "pdf", 1)]
        )
    """
    host = subprocess.Popen([sys.executable, "-c", textwrap.dedent(code)])
    child = child_of(host.pid)

    host.kill()

    host.wait(timeout=60)
    psutil.wait_procs([child], timeout=60)
    assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE


def child_of(pid: int) -> psutil.Process:
    """The process that renders, once it is at work."""
    host = psutil.Process(pid)
    while True:
        for child in host.children():
            if child.cpu_times().user > 0.3:
                return child


def steps_of(tmp_path: Path, *wishes: Wish) -> list[DataStep]:
    told: list[DataStep] = []
    Renderer(PageCache(tmp_path / "cache", told.append), 200).render(wishes, "rendering docs")
    return told


def test_who_waits_hears_of_each_page(tmp_path: Path):
    """Two documents that cannot be opened count as a page each, frames of a TIFF as pages."""
    frames = [Image.new("L", (9, 9)), Image.new("L", (9, 8))]
    frames[0].save(tmp_path / "f.tiff", save_all=True, append_images=frames[1:])
    frames[0].save(tmp_path / "one.tiff")
    (tmp_path / "broken.pdf").write_bytes(b"%PDF")

    told = steps_of(
        tmp_path,
        wish(scanned_pdf(tmp_path / "a.pdf", pages=5), max_pages=3),
        wish(tmp_path / "f.tiff", "tiff"),
        wish(tmp_path / "one.tiff", "tiff"),
        wish(tmp_path / "broken.pdf"),
        wish(locked_pdf(tmp_path / "locked.pdf")),
    )

    assert DataStep("rendering docs", 0, 5, "pages", is_least=True) == told[0]
    assert DataStep("rendering docs", 8, 8, "pages") == told[-1]
    assert sorted(told, key=lambda step: (step.done, step.total)) == told
    assert all(step.is_least for step in told if step.total < 8)


def test_what_was_rendered_before_is_not_told_again(tmp_path: Path):
    file = scanned_pdf(tmp_path / "a.pdf", pages=5)
    first = steps_of(tmp_path, wish(file, max_pages=2))
    more = steps_of(tmp_path, wish(file, max_pages=4))
    again = steps_of(tmp_path, wish(file, max_pages=4))

    assert (2, 2) == (first[-1].done, first[-1].total)
    assert [(0, 2), (2, 2)] == [(step.done, step.total) for step in (more[0], more[-1])]
    assert [] == again


def test_pages_that_ended_their_process_are_told_as_done(tmp_path: Path):
    told: list[DataStep] = []
    bomb = drawn_pdf(tmp_path / "bomb.pdf", bytes(1 << 29) + b"0 0 m 200 200 l S\n" * 9_000_000)

    Renderer(PageCache(tmp_path / "cache", told.append), 200, SMALL).render([wish(bomb)])

    assert DataStep("rendering pages", 1, 1, "pages") == told[-1]


def test_what_a_killed_host_rendered_of_a_long_document_is_not_rendered_again(tmp_path: Path):
    file = scanned_pdf(tmp_path / "long.pdf", pages=300)
    words = [sys.executable, "-c", RENDER, str(tmp_path / "cache"), str(file)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as host:
        for line in host.stdout or ():
            if int(line) > 2 * KEPT_AFTER:
                host.kill()
                break
        host.wait()

    told = steps_of(tmp_path, wish(file))

    assert 0 < told[0].total <= 300 - 2 * KEPT_AFTER
    assert told[-1].done == told[-1].total == told[0].total


def killing(tmp_path: Path, times: int) -> tuple[PageCache, list[str]]:
    """A cache whose listener kills the renderer as often, as soon as it is at a document."""
    killed: list[str] = []

    def kill(_step: DataStep) -> None:
        children = [child for child in psutil.Process().children() if "render" in _words(child)]
        for child in children[: times - len(killed)]:
            child.kill()
            killed.append("once more")

    return PageCache(tmp_path / "cache", kill), killed


def test_a_page_whose_renderer_was_killed_from_outside_gets_another_try(tmp_path: Path):
    cache, killed = killing(tmp_path, times=1)

    (notes,) = rendered(cache, wish(scanned_pdf(tmp_path / "a.pdf", pages=3)))

    assert 1 == len(killed)
    assert {1, 2, 3} == notes.pages.keys()
    assert {} == problems(notes)


def test_a_page_whose_renderer_is_killed_each_time_is_given_up_for_now(tmp_path: Path):
    cache, killed = killing(tmp_path, times=9)

    slow = wish(drawn_pdf(tmp_path / "a.pdf", HOUR_OF_WORK))
    (notes,) = rendered(cache, slow)
    scanned_pdf(tmp_path / "a.pdf")
    again = rendered(PageCache(tmp_path / "cache"), slow)

    assert 2 <= len(killed)
    assert ["the renderer was killed twice"] == list(problems(notes).values())
    assert {} == problems(again[0])


def small_disk(tmp_path: Path, words: Sequence[str]) -> list[str]:
    """The command in a mount namespace of its own, with a disk of 80 kB at `small`."""
    (tmp_path / "small").mkdir()
    disk = f'mount -t tmpfs -o size=80k small {tmp_path}/small && exec "$@"'
    return ["unshare", "--map-root-user", "--mount", "sh", "-c", disk, "sh", *words]


def has_own_mounts(tmp_path: Path) -> bool:
    tried = small_disk(tmp_path, ["true"])
    try:
        return 0 == subprocess.run(tried, capture_output=True, check=False).returncode
    finally:
        (tmp_path / "small").rmdir()


@pytest.mark.parametrize("full", ["cache", "TMPDIR"])
def test_a_full_disk_ends_the_rendering_and_is_no_page_s_fault(tmp_path: Path, full: str):
    if not has_own_mounts(tmp_path):
        pytest.skip("this machine gives no mount namespaces")
    file = noisy_pdf(tmp_path / "a.pdf", pages=4)
    cache, temporary = tmp_path / "cache", tmp_path / "tmp"
    temporary.mkdir()
    words = [sys.executable, "-c", RENDER, str(cache), str(file)]
    small = tmp_path / "small"
    if full == "cache":
        words[3] = str(small)
    environment = {**os.environ, "TMPDIR": str(small if full == "TMPDIR" else temporary)}

    ended = subprocess.run(
        small_disk(tmp_path, words), env=environment, capture_output=True, text=True, check=False
    )

    assert "StorageError" in ended.stderr
    assert "No space left on device" in ended.stderr
    assert ("VLMHB_DATASETS" if full == "cache" else "TMPDIR") in ended.stderr
    (notes,) = rendered(PageCache(cache), wish(file))
    assert {} == problems(notes)


def noisy_pdf(path: Path, pages: int) -> Path:
    """Pages whose pictures have some 100 kB."""
    scans = [Image.effect_noise((300, 400), 90 + page) for page in range(pages)]
    scans[0].save(path, save_all=True, append_images=scans[1:], resolution=200)
    return path
