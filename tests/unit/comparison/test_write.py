import re
from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.comparison.runs import compared, numbered, right, task_of, write_run
from vlmhb.comparison import write_comparison
from vlmhb.comparison.write import documents_of
from vlmhb.errors import StorageError, UsageError
from vlmhb.store import RunDir

SAMPLES = numbered(8)


def test_documents_take_the_place_of_earlier_ones_and_leave_other_files_alone(tmp_path: Path):
    a = write_run(tmp_path / "a", {"m": right(SAMPLES)}, task_of(SAMPLES))
    b = write_run(tmp_path / "b", {"m": right(SAMPLES, 1)}, task_of(SAMPLES))
    out = tmp_path / "some/where"
    write_comparison(compared(a, b), (), out)
    (out / "notes.txt").write_text("mine")

    write_comparison(compared(b, a), (), out)

    assert documents_of(compared(b, a), ()) == {
        name: (out / name).read_bytes()
        for name in ("comparison.json", "comparison.md", "comparison.html")
    }
    assert "mine" == (out / "notes.txt").read_text()


def picture_of(run: Path, page_sha256: str, content: bytes) -> None:
    pages = RunDir(run).pages
    pages.mkdir(exist_ok=True)
    (pages / f"{page_sha256}.jpg").write_bytes(content)


def test_pages_of_changed_samples_are_copied_from_either_run(tmp_path: Path):
    """Of page 1 both runs have a picture, of page 2 the first one alone, of page 3 nobody."""
    a = write_run(tmp_path / "a", {"m": right(SAMPLES)}, task_of(SAMPLES))
    b = write_run(tmp_path / "b", {"m": right(SAMPLES, 1, 2, 3)}, task_of(SAMPLES))
    pages = [one.pages[0].sha256 for one in SAMPLES]
    for run, place, content in ((a, 0, b"0"), (a, 1, b"a1"), (b, 1, b"b1"), (a, 2, b"a2")):
        picture_of(run, pages[place], content)

    write_comparison(compared(a, b), (), tmp_path / "out")

    files = {file.name: file.read_bytes() for file in (tmp_path / "out/comparison_files").iterdir()}
    assert {f"{pages[1]}.jpg": b"b1", f"{pages[2]}.jpg": b"a2"} == files
    page = (tmp_path / "out/comparison.html").read_text()
    assert {f"comparison_files/{name}" for name in files} == set(
        re.findall(r'img src="([^"]+)', page)
    )


def test_embedded_pictures_are_in_the_page_and_not_beside_it(tmp_path: Path):
    a = write_run(tmp_path / "a", {"m": right(SAMPLES)}, task_of(SAMPLES))
    b = write_run(tmp_path / "b", {"m": right(SAMPLES, 1)}, task_of(SAMPLES))
    picture_of(b, SAMPLES[1].pages[0].sha256, b"picture")

    write_comparison(compared(a, b), (), tmp_path / "out", embed_images=True)

    page = (tmp_path / "out/comparison.html").read_text()
    assert f'data-page="{SAMPLES[1].pages[0].sha256}">cGljdHVyZQ==</script>' in page
    assert "comparison_files" not in page
    assert not (tmp_path / "out/comparison_files").exists()


def test_pictures_of_an_earlier_comparison_are_taken_away(tmp_path: Path):
    a = write_run(tmp_path / "a", {"m": right(SAMPLES)}, task_of(SAMPLES))
    runs = [
        write_run(tmp_path / str(n), {"m": right(SAMPLES, n)}, task_of(SAMPLES)) for n in (1, 2)
    ]
    pages = [one.pages[0].sha256 for one in SAMPLES]
    for run in runs:
        for page in pages:
            picture_of(run, page, b"picture")
    out = tmp_path / "out"
    write_comparison(compared(a, runs[0]), (), out)
    (out / "comparison_files/mine.png").write_text("mine")

    write_comparison(compared(a, runs[1]), (), out)
    beside = {file.name for file in (out / "comparison_files").iterdir()}
    write_comparison(compared(a, runs[1]), (), out, embed_images=True)

    assert {f"{pages[2]}.jpg", "mine.png"} == beside
    assert {"mine.png"} == {file.name for file in (out / "comparison_files").iterdir()}


def test_a_page_that_is_named_like_a_path_has_no_picture(tmp_path: Path):
    """A run folder from elsewhere may say anything; nothing is read or written outside."""
    page = SAMPLES[1].pages[0]
    strange = replace(page, sha256="../../out/../picture")
    samples = (SAMPLES[0], replace(SAMPLES[1], pages=(strange,)))
    a = write_run(tmp_path / "a", {"m": right(samples)}, task_of(samples))
    b = write_run(tmp_path / "b", {"m": right(samples, 1)}, task_of(samples))
    (tmp_path / "out").mkdir()
    (tmp_path / "picture.jpg").write_bytes(b"mine")
    assert RunDir(b).thumbnail(strange.sha256).is_file()

    write_comparison(compared(a, b), (), tmp_path / "out/below")

    assert not (tmp_path / "out/below/comparison_files").exists()


def test_a_folder_that_cannot_be_made_is_a_storage_error(tmp_path: Path):
    a, b = (
        write_run(tmp_path / name, {"m": right(SAMPLES)}, task_of(SAMPLES)) for name in ("a", "b")
    )
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(StorageError, match="cannot make"):
        write_comparison(compared(a, b), (), tmp_path / "file/below")


def test_of_many_samples_of_one_side_the_first_are_named(tmp_path: Path):
    a = write_run(tmp_path / "a", {"m": right(SAMPLES)}, task_of(SAMPLES))
    b = write_run(tmp_path / "b", {"m": right(SAMPLES)}, task_of(SAMPLES[:1]))

    with pytest.raises(UsageError, match=r"7 only in A \(1, 2, 3, 4, 5 and 2 more\)"):
        compared(a, b)
