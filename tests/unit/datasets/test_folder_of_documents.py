"""Folders of real files."""

import json
import shutil
from pathlib import Path

import pytest
from PIL import Image

from tests.pdfs import blank_pdf, locked_pdf, scanned_pdf
from vlmhb.datasets.cache import DatasetCache
from vlmhb.datasets.document_notes import notes_of
from vlmhb.datasets.document_truth import Expected
from vlmhb.datasets.folder_of_documents import look
from vlmhb.datasets.load import load_task
from vlmhb.domain.digest import Json
from vlmhb.domain.prompt import one_prompt
from vlmhb.domain.run import LoadedTask
from vlmhb.domain.sample import PageImage, Sample, UnreadablePage
from vlmhb.domain.task import AnswerKind, DatasetRef, Task
from vlmhb.errors import DatasetError
from vlmhb.system.images import read_page
from vlmhb.system.renderer import renderer_name


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "documents").mkdir()
    return tmp_path / "documents"


def picture(path: Path, size: tuple[int, int] = (30, 20)) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, "white").save(path)
    return path


def loaded(folder: Path, **options: Json) -> LoadedTask:
    dataset = DatasetRef("d", "documents", str(folder), "", "own work", options=options)
    task = Task("d", "1", "", dataset, one_prompt("d", "1", "Read."), {AnswerKind.REPLY: ("cer",)})
    return load_task(task, DatasetCache(folder.parent / "cache"))


def samples(folder: Path, **options: Json) -> dict[str, Sample]:
    return {sample.id: sample for sample in loaded(folder, **options).samples}


def only_page(sample: Sample) -> PageImage | UnreadablePage:
    (page,) = sample.pages
    return page


def refusal(folder: Path, **options: Json) -> str:
    with pytest.raises(DatasetError) as caught:
        loaded(folder, **options)
    return str(caught.value)


def test_every_kind_of_file_becomes_samples_in_natural_order(folder: Path):
    for name in ("page 10.png", "page 9.JPG", "page 9b.bmp", "b/1.webp"):
        picture(folder / name)
    scanned_pdf(folder / "a/x.pdf", pages=2)
    Image.new("L", (3, 4)).save(
        folder / "fax.tif", save_all=True, append_images=[Image.new("L", (5, 6))]
    )
    picture(folder / "single.tiff")

    assert [
        "a/x.pdf#1",
        "a/x.pdf#2",
        "b/1.webp#1",
        "fax.tif#1",
        "fax.tif#2",
        "page 9.JPG#1",
        "page 9b.bmp#1",
        "page 10.png#1",
        "single.tiff#1",
    ] == list(samples(folder))


def test_a_page_of_a_pdf_says_where_it_comes_from_and_what_made_it(folder: Path):
    scanned_pdf(folder / "contracts/2024/x.pdf", pages=2)

    sample = samples(folder)["contracts/2024/x.pdf#2"]

    page = only_page(sample)
    assert isinstance(page, PageImage)
    assert "contracts/2024/x.pdf#page=2" == page.path
    assert (page.sha256, 100, 150) == (page.sha256, page.width_px, page.height_px)
    found = read_page(Path(page.file), "")
    assert isinstance(found, PageImage)
    assert page.sha256 == found.sha256
    assert ("contracts/2024/x.pdf", "contracts") == (sample.document, sample.doc_class)
    assert {
        "page": 2,
        "page_count": 2,
        "renderer": renderer_name("pdf"),
        "dpi": 200,
    } == sample.metadata
    assert ((), "", "") == (sample.targets, sample.question, sample.group)


def test_an_image_is_shown_as_it_is(folder: Path):
    picture(folder / "a.png")

    sample = samples(folder)["a.png#1"]

    assert read_page(folder / "a.png", "a.png") == only_page(sample)
    assert ({"page": 1, "page_count": 1}, "") == (sample.metadata, sample.doc_class)


def test_all_pages_of_a_document_can_be_one_sample(folder: Path):
    scanned_pdf(folder / "x.pdf", pages=3)

    sample = samples(folder, pages="together", max_pages=2)["x.pdf"]

    assert ["x.pdf#page=1", "x.pdf#page=2"] == [page.path for page in sample.pages]
    assert {
        "page_count": 3,
        "pages_left_out": 1,
        "renderer": renderer_name("pdf"),
        "dpi": 200,
    } == sample.metadata


def test_dpi_and_renderer_are_part_of_the_digest(folder: Path):
    blank_pdf(folder / "x.pdf", [(0.3, 0.3)])  # one pixel at either resolution

    fine, coarse = loaded(folder, dpi=200), loaded(folder, dpi=100)

    assert fine.samples[0].pages[0].sha256 == coarse.samples[0].pages[0].sha256
    assert fine.dataset_sha256 != coarse.dataset_sha256


def test_the_same_folder_gives_the_same_digest_wherever_the_cache_is(folder: Path, tmp_path: Path):
    scanned_pdf(folder / "x.pdf", pages=2)
    before = loaded(folder)
    shutil.rmtree(tmp_path / "cache")

    again = loaded(folder)

    assert before.dataset_sha256 == again.dataset_sha256


def test_what_cannot_be_opened_is_one_unreadable_page(folder: Path):
    locked_pdf(folder / "locked.pdf")
    (folder / "broken.pdf").write_bytes(b"%PDF")
    (folder / "broken.png").write_bytes(b"no image")
    (folder / "broken.tif").write_bytes(b"no image")
    blank_pdf(folder / "empty.pdf", [])

    pages = {identity: only_page(sample) for identity, sample in samples(folder).items()}

    texts = {name: page.problem for name, page in pages.items() if isinstance(page, UnreadablePage)}
    assert {
        "broken.pdf#1": "not a PDF, or damaged beyond repair",
        "broken.png#1": texts["broken.png#1"],
        "broken.tif#1": "not a TIFF image",
        "empty.pdf#1": "it has no pages",
        "locked.pdf#1": "encrypted: it opens with a password only",
    } == texts
    assert "not an image" in texts["broken.png#1"]
    assert 5 == len({page.sha256 for page in pages.values()})
    assert list(pages) == [f"{page.path}#1" for page in pages.values()]


def test_a_page_that_cannot_be_rendered_is_unreadable_and_named(folder: Path):
    blank_pdf(folder / "a.pdf", [(20, 20), (14400, 14400)])

    page = only_page(samples(folder)["a.pdf#2"])

    assert isinstance(page, UnreadablePage)
    assert "a.pdf#page=2" == page.path
    assert "40000 x 40000 pixels" in page.problem


def test_text_beside_an_image_is_its_target(folder: Path):
    picture(folder / "a.png")
    (folder / "a.txt").write_bytes(b"\xef\xbb\xbf\xd0\x98\xd0\x9d\xd0\x9d\r\n7707083893\r\n")
    picture(folder / "b.png")
    (folder / "b.md").write_text("# Title\n")
    picture(folder / "c.png")
    (folder / "c.txt").write_text("")
    picture(folder / "d.png")

    found = samples(folder)

    assert [("ИНН\n7707083893",), ("# Title",), ("",), ()] == [s.targets for s in found.values()]


@pytest.mark.parametrize("text", ["one\ftwo\fthree", "one\n\ftwo\n\fthree\n\f", "one"])
def test_form_feeds_stand_between_the_pages(folder: Path, text: str):
    count = 3 if "\f" in text else 1
    scanned_pdf(folder / "a.pdf", pages=count)
    (folder / "a.txt").write_text(text)

    targets = [sample.targets for sample in samples(folder).values()]

    assert [("one",), ("two",), ("three",)][:count] == targets


def test_of_a_text_by_page_the_pages_that_are_shown_count(folder: Path):
    scanned_pdf(folder / "a.pdf", pages=3)
    (folder / "a.txt").write_text("one\ftwo\fthree\n")

    each = samples(folder, max_pages=2)
    together = samples(folder, max_pages=2, pages="together")
    all_of_it = samples(folder, pages="together")

    assert [("one",), ("two",)] == [sample.targets for sample in each.values()]
    assert ("one\ntwo",) == together["a.pdf"].targets
    assert ("one\ntwo\nthree",) == all_of_it["a.pdf"].targets


def test_texts_of_single_pages(folder: Path):
    scanned_pdf(folder / "a.pdf", pages=3)
    (folder / "a.p1.txt").write_text("one")
    (folder / "a.p03.txt").write_text("three")

    each = samples(folder)
    together = samples(folder, pages="together")["a.pdf"]

    assert [("one",), (), ("three",)] == [sample.targets for sample in each.values()]
    assert ((), "it is about single pages") == (
        together.targets,
        together.metadata["expected_unused"],
    )


def test_a_truth_that_does_not_fit_is_not_used_and_says_why(folder: Path):
    scanned_pdf(folder / "a.pdf", pages=3)
    (folder / "a.txt").write_text("all of it\fand more")

    found = loaded(folder)

    assert {"2 texts between form feeds, 3 pages"} == {
        sample.metadata["expected_unused"] for sample in found.samples
    }
    assert not any(sample.targets for sample in found.samples)
    (note,) = notes_of(found)
    assert "what is expected is not compared for a.pdf: 2 texts between form feeds" in note


def test_json_beside_a_document_is_its_target_and_its_shape_the_question(folder: Path):
    truth = {"номер": "12-А", "sum": 10.5, "paid": True, "rows": [{"n": 1}, {"n": 2}], "to": None}
    scanned_pdf(folder / "a.pdf", pages=2)
    (folder / "a.json").write_text(json.dumps(truth, ensure_ascii=False), encoding="utf-8")

    sample = samples(folder, pages="together")["a.pdf"]

    assert [truth] == [json.loads(target) for target in sample.targets]
    shape = {"номер": "", "sum": 0, "paid": False, "rows": [{"n": 0}], "to": ""}
    assert json.dumps(shape, ensure_ascii=False) == sample.question


def test_json_of_a_document_says_nothing_of_its_pages(folder: Path):
    scanned_pdf(folder / "a.pdf", pages=2)
    (folder / "a.json").write_text("{}")

    found = loaded(folder)

    assert [(), ()] == [sample.targets for sample in found.samples]
    assert "it is about all 2 pages of the document" in notes_of(found)[0]


def test_text_and_json_together_need_a_choice(folder: Path):
    picture(folder / "a.png")
    (folder / "a.txt").write_text("text")
    (folder / "a.json").write_text('{"a": 1}')

    assert "choose with --expected text or --expected json" in refusal(folder)
    assert ("text",) == samples(folder, expected="text")["a.png#1"].targets
    assert ('{"a": 1}',) == samples(folder, expected="json")["a.png#1"].targets
    assert () == samples(folder, expected="none")["a.png#1"].targets


def test_every_problem_is_told_at_once(folder: Path):
    picture(folder / "a.png")
    (folder / "a.json").write_text('{"a": 1,\n "b": }')
    picture(folder / "b.png")
    (folder / "b.json").write_bytes(b'{"a": "\xff"}')
    picture(folder / "c.png")
    picture(folder / "c.jpg")
    (folder / "c.json").write_text("{}")
    picture(folder / "d.png")
    (folder / "d.json").write_text("{}")
    (folder / "d.p1.json").write_text("{}")
    (folder / "e.png").symlink_to("/etc/passwd")

    text = refusal(folder, dpi=0, page="each", pages="eech", max_pages=True)

    for problem in (
        "a.json:2:7: Expecting value, expected JSON",
        "b.json: not UTF-8 from byte 7 on",
        "c.json: it may belong to c.jpg, c.png; rename all but one of them",
        "d.json, d.p1.json: give either one file for the document or one for each page",
        "e.png: a link that leads out of the folder; put the file itself there",
        "options.dpi: 0, expected a whole number from 1 to 1,200",
        "unknown option 'page'; did you mean 'pages'?",
        "options.pages: 'eech', expected one of each, together; did you mean 'each'?",
        "options.max_pages: True, expected a whole number from 1 to 10,000",
    ):
        assert problem in text


def test_two_texts_about_one_document_are_a_problem(folder: Path):
    picture(folder / "a.png")
    (folder / "a.txt").write_text("text")
    (folder / "a.md").write_text("text")

    assert "another file holds the truth about the same" in refusal(folder)


@pytest.mark.parametrize("text", ["[" * 200_000, '{"total": NaN}', "", "1" * 5_000])
def test_what_is_no_plain_json_is_refused(folder: Path, text: str):
    picture(folder / "a.png")
    (folder / "a.json").write_text(text)

    assert "expected JSON" in refusal(folder)


def test_a_folder_without_documents_is_refused(folder: Path):
    assert "there are none\nExpected: JPEG, PNG, WEBP, BMP, TIFF or PDF files" in refusal(folder)

    (folder / "a.txt").write_text("text")
    (folder / "line\nbreak.docx").write_text("text")
    (folder / "c").symlink_to("/")

    assert r"there are none, only line\nbreak.docx, a.txt, c" in refusal(folder)


def test_a_name_that_is_not_utf_8_is_refused(folder: Path):
    Image.new("L", (3, 4)).save(folder / "a.png")
    (folder / "a.png").rename(Path(str(folder), b"\xff.png".decode("utf-8", "surrogateescape")))

    assert r"'\udcff.png': the name is not UTF-8; rename the file" in refusal(folder)


def test_hidden_files_and_run_folders_are_left_out_and_other_files_named(folder: Path):
    picture(folder / "a.png")
    picture(folder / ".hidden.png")
    picture(folder / ".thumbs/a.png")
    picture(folder / "runs/1/pages/a.jpg")
    for name in ("run.json", "inputs.json"):
        (folder / "runs/1" / name).write_text("{}")
    (folder / "letter.docx").write_bytes(b"")
    (folder / "readme.txt").write_text("not beside a document of that name")

    found = loaded(folder)

    assert ["a.png#1"] == [sample.id for sample in found.samples]
    assert (
        "not read, because they are no documents: letter.docx",
        "not compared, because beside them is no document of that name: readme.txt",
    ) == notes_of(found)


def test_pages_that_are_left_out_are_told(folder: Path):
    scanned_pdf(folder / "a.pdf", pages=5)
    scanned_pdf(folder / "b.pdf", pages=4)
    scanned_pdf(folder / "c.pdf", pages=1)

    found = loaded(folder, max_pages=2)

    assert ("only the first pages are shown, 5 are left out of a.pdf, b.pdf",) == notes_of(found)
    assert [3, 3, 2, 2, 0] == [s.metadata.get("pages_left_out", 0) for s in found.samples]


def test_a_link_inside_the_folder_is_a_document_of_its_own(folder: Path):
    scanned_pdf(folder / "a.pdf")
    (folder / "b.pdf").symlink_to("a.pdf")

    found = samples(folder)

    assert ["a.pdf#1", "b.pdf#1"] == list(found)
    assert only_page(found["a.pdf#1"]).sha256 == only_page(found["b.pdf#1"]).sha256


def test_links_to_folders_are_not_followed_and_named(folder: Path):
    """Neither out of the folder, nor in circles, nor twice to the same documents."""
    picture(folder / "a/1.png")
    (folder / "a/again").symlink_to("..")
    (folder / "b").symlink_to("a")
    (folder / "etc").symlink_to("/etc")
    (folder / ".hidden").symlink_to("/etc")

    found = loaded(folder)

    assert ["a/1.png#1"] == [sample.id for sample in found.samples]
    assert ("not read, because they are links to folders: a/again, b, etc",) == notes_of(found)


def test_a_link_that_leads_nowhere_is_a_problem(folder: Path):
    picture(folder / "a.png")
    (folder / "b\n.pdf").symlink_to("gone.pdf")

    assert r"b\n.pdf: a link that leads nowhere; delete it" in refusal(folder)


def test_what_fails_is_named_beforehand(folder: Path):
    picture(folder / "a.png")
    for name in ("b.pdf", "c.pdf", "d.png"):
        (folder / name).write_bytes(b"nothing")
    blank_pdf(folder / "e.pdf", [(100, 100), (14400, 14400), (14400, 14400)])

    assert (
        "fails, because it cannot be shown: b.pdf, c.pdf: not a PDF, or damaged beyond repair",
        "fails, because it cannot be shown: d.png: not an image (PNG, JPEG, TIFF, BMP, WEBP)",
        "fails, because it cannot be shown: e.pdf: 40000 x 40000 pixels at 200 dpi, more than "
        "100,000,000 in all; ask for fewer dpi",
    ) == notes_of(loaded(folder))


def test_notes_do_not_need_the_folder_any_more(folder: Path):
    """They are told at the end of a run, too, which may have taken days."""
    picture(folder / "a.png")
    (folder / "letter.docx").write_bytes(b"")
    found = loaded(folder)
    shutil.rmtree(folder)

    assert () == notes_of(found)


def test_a_problem_of_the_folder_comes_with_those_of_the_truths(folder: Path):
    picture(folder / "a.png")
    (folder / "a.txt").write_bytes(b"\xff")
    (folder / "b.png").symlink_to("gone.png")

    _, kind = look(folder)

    assert Expected.TEXT is kind
    assert "b.png: a link that leads nowhere" in refusal(folder)
    assert "a.txt: not UTF-8 from byte 0 on" in refusal(folder)


def test_half_a_character_in_an_expected_json_is_told_with_its_file(folder: Path):
    picture(folder / "x.png")
    (folder / "x.json").write_text('{"k\\ud800": "v"}')

    assert "x.json: half of a character, '\\ud800'" in refusal(folder)
