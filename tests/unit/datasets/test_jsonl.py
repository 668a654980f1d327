"""JSON lines: what a line says of a sample, and what is wrong with it."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.unit.datasets.tables import b64, png
from vlmhb.datasets.jsonl import Jsonl
from vlmhb.datasets.root import MAX_HINTS
from vlmhb.domain.digest import Json
from vlmhb.domain.sample import PageImage, Sample, UnreadablePage
from vlmhb.domain.task import DatasetRef
from vlmhb.errors import DatasetError
from vlmhb.system.page_bytes import read_bytes
from vlmhb.system.page_cache import PageCache

ONE: Mapping[str, object] = {"image": {"base64": b64(png())}, "question": "Что?", "answer": "да"}


def write(
    root: Path, *lines: object, options: Mapping[str, Json] | None = None, split: str = ""
) -> DatasetRef:
    root.mkdir(parents=True, exist_ok=True)
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    (root / "val.jsonl").write_text("".join(f"{text}\n" for text in texts), "utf-8")
    return DatasetRef("j", "jsonl", str(root), "val.jsonl", "none", split, options=options or {})


def read(dataset: DatasetRef) -> tuple[Sample, ...]:
    return Jsonl().read(dataset, PageCache(Path(dataset.root, "cache")))


def only(root: Path, options: Mapping[str, Json] | None = None, **values: object) -> Sample:
    (sample,) = read(write(root, {**ONE, **values}, options=options))
    return sample


def problem(dataset: DatasetRef) -> str:
    with pytest.raises(DatasetError) as caught:
        read(dataset)
    return caught.value.got


def test_a_line_is_a_sample_and_its_image_is_kept(tmp_path: Path):
    sample = only(tmp_path)

    sha256 = hashlib.sha256(png()).hexdigest()
    file = str(tmp_path / f"cache/{sha256[:2]}/{sha256}.image")
    page = PageImage("val.jsonl#line=1", sha256, 30, 20, file)
    assert Sample("0", "Что?", (page,), ("да",), sha256, "", "", "") == sample
    assert png() == read_bytes(str(tmp_path), page)


def test_every_field_may_be_said(tmp_path: Path):
    sample = only(
        tmp_path,
        id=12,
        choices={"A": "cat", "B": 2},
        doc_class="invoice",
        question_type="total",
        language="ru",
        group="g",
        document="d",
        split="val",
        metadata={"category": ["x"]},
        rank=3,
        nothing=None,
    )

    assert ("12", "d", "invoice", "total", "ru", "g") == (
        *(sample.id, sample.document, sample.doc_class),
        *(sample.question_type, sample.language, sample.group),
    )
    assert (("A", "cat"), ("B", "2")) == sample.choices
    assert {"split": "val", "category": ["x"], "rank": 3} == sample.metadata


def test_images_are_paths_and_base64_one_or_several(tmp_path: Path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a.png").write_bytes(png())
    url = "data:image/png;base64," + b64(png(31))

    sample = only(tmp_path, {"images": "in"}, images=["a.png", {"path": "a.png"}, {"base64": url}])

    assert ["in/a.png", "in/a.png", "val.jsonl#line=1&image=3"] == [p.path for p in sample.pages]
    assert [30, 30, 31] == [page.width_px for page in sample.pages if isinstance(page, PageImage)]


@pytest.mark.parametrize(
    ("answers", "targets"),
    [
        ({"answer": None}, ()),
        ({"answer": 770}, ("770",)),
        ({"answer": 1.5}, ("1.5",)),
        ({"answer": True}, ("true",)),
        ({"answers": ["a", "a", 3]}, ("a", "a", "3")),
        ({"targets": [{"ИНН": "770"}]}, ('{"ИНН": "770"}',)),
    ],
)
def test_targets_are_the_answers(tmp_path: Path, answers: dict[str, object], targets: object):
    assert targets == only(tmp_path, None, **answers).targets


def test_columns_may_have_other_names(tmp_path: Path):
    record = {"jpg": {"base64": b64(png())}, "q": "Q", "label": 1, "options": ["x", "y"]}
    columns = {"images": "jpg", "question": "q", "answers": "label", "choices": "options"}

    (sample,) = read(write(tmp_path, record, options={"columns": columns, "answer_is_index": True}))

    assert ("Q", ("B",), {}) == (sample.question, sample.targets, sample.metadata)
    assert (("A", "x"), ("B", "y")) == sample.choices


def test_ids_are_the_numbers_of_the_lines_that_are_not_empty(tmp_path: Path):
    dataset = write(tmp_path, {**ONE, "split": "a"}, "", {**ONE, "split": "b"}, split="b")

    (sample,) = read(dataset)

    assert ("1", "val.jsonl#line=3") == (sample.id, sample.pages[0].path)


def test_several_files_are_one_dataset(tmp_path: Path):
    for name in "ba":
        (tmp_path / f"{name}.jsonl").write_text(json.dumps({**ONE, "answer": name}) + "\n")
    dataset = DatasetRef("j", "jsonl", str(tmp_path), "*.jsonl", "none")

    samples = read(dataset)

    assert [("0", ("a",)), ("1", ("b",))] == [(one.id, one.targets) for one in samples]


@pytest.mark.parametrize("text", ["words", "", b64(b"words"), "я"])
def test_an_image_that_is_none_is_an_unreadable_page(tmp_path: Path, text: str):
    (page,) = only(tmp_path, image={"base64": text}).pages

    assert isinstance(page, UnreadablePage)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([], "no rows"),
        (["{"], "line 1: column 2: Expecting property name enclosed in double quotes"),
        ([ONE, "", "[]"], "line 3: list, expected an object"),
        (['{"a": 1, "a": 2}'], "line 1: 'a' is given twice"),
        (['{"a": NaN}'], "line 1: NaN is no JSON"),
        (["[" * 100_000], "line 1: nested too deeply"),
        ([{"question": "q"}], "line 1: no 'images' or 'image'; it has 'question'"),
        ([{"image": 3}], "line 1: an image is int, expected a path, bytes, or an object with"),
        ([{"image": {}}], "line 1: an image is dict, expected"),
        ([{"image": "../a.png"}], "line 1: image '../a.png': leads out of the dataset's root"),
        ([{**ONE, "id": 1}, ONE], "line 2: id '1' is that of line 1, too"),
        ([{**ONE, "question": []}], "line 1: question is list, expected text"),
        ([{**ONE, "choices": "x"}], "line 1: choices is str, expected at most 26 texts"),
        ([{**ONE, "metadata": []}], "line 1: metadata is list, expected an object"),
    ],
)
def test_what_is_wrong_is_named_by_line(tmp_path: Path, lines: list[object], expected: str):
    assert expected in problem(write(tmp_path, *lines))


def test_bytes_that_are_not_utf_8_are_named_by_line(tmp_path: Path):
    dataset = write(tmp_path, ONE)
    with (tmp_path / "val.jsonl").open("ab") as file:
        file.write(b'{"image": "\xff"}')

    assert "line 2: not UTF-8; save the file as UTF-8" == problem(dataset)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"colums": {}}, "options: unknown option 'colums'; did you mean 'columns'?"),
        ({"columns": {"answer": "x"}}, "options: unknown option 'answer'; did you mean 'answers'?"),
        ({"columns": {"question": 3}}, "options.question: 3, expected text"),
        ({"columns": 3}, "options.columns: 3, expected a mapping"),
        ({"answer_is_index": True}, "line 1: answer 'да', expected a number below 0"),
    ],
)
def test_wrong_options_are_named(tmp_path: Path, options: dict[str, Json], expected: str):
    assert expected in problem(write(tmp_path, ONE, options=options))


@pytest.mark.parametrize(
    ("annotation", "expected"),
    [
        ("no.jsonl", "no such file"),
        ("no*.jsonl", "fits"),
        ("../*.jsonl", "leads out of the dataset's root"),
        ("/*.jsonl", "an absolute path"),
    ],
)
def test_files_that_are_not_below_the_root_are_named(
    tmp_path: Path, annotation: str, expected: str
):
    (tmp_path / "out.jsonl").write_text(json.dumps(ONE))
    (tmp_path / "data").mkdir()
    dataset = DatasetRef("j", "jsonl", str(tmp_path / "data"), annotation, "none")

    assert expected in problem(dataset)


@pytest.mark.parametrize("field", ["question", "answer", "doc_class", "\\ud800", "metadata"])
def test_half_a_character_is_told_with_its_line(tmp_path: Path, field: str):
    image = json.dumps(ONE["image"])
    value = '{"a": ["x\\udc00"]}' if field == "metadata" else '"q\\ud800"'

    told = problem(write(tmp_path, f'{{"image": {image}, "{field}": {value}}}'))

    assert told.startswith("line 1: half of a character, '\\ud")


def test_a_whole_character_may_be_written_as_two_halves(tmp_path: Path):
    image = json.dumps(ONE["image"])

    (sample,) = read(write(tmp_path, f'{{"image": {image}, "question": "\\ud83d\\ude00"}}'))

    assert "\U0001f600" == sample.question


def test_of_thousands_of_missing_images_a_few_get_a_hint(tmp_path: Path):
    (tmp_path / "0.png").write_bytes(png())
    lines = [{"image": f"{number}.jpg", "question": "?"} for number in range(2000)]

    told = problem(write(tmp_path, *lines))

    assert "  line 1: image '0.jpg': no such file; did you mean '0.png'?" in told.splitlines()
    assert told.count("no such file") > MAX_HINTS >= told.count("did you mean")
    assert told.endswith("  and 1950 more")


def test_only_a_file_is_suggested_for_a_missing_one(tmp_path: Path):
    (tmp_path / "pages.png").mkdir(parents=True)
    (tmp_path / "page.png").symlink_to("page.png")

    told = problem(write(tmp_path, {**ONE, "image": "pages1.png"}))

    assert "line 1: image 'pages1.png': no such file" == told


def test_a_path_without_end_is_told_in_short(tmp_path: Path):
    told = problem(write(tmp_path, {**ONE, "image": "a/" * 2500}))

    assert len(told) < 400
    assert "(5,000 characters)" in told


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"choices": {"AB": "x"}}, "line 1: choice 'AB', expected a letter from A to Z"),
        ({"choices": {"A": "x", "b": "y"}}, "line 1: choice 'b', expected a letter from A to Z"),
        ({"language": "russian"}, "line 1: language 'russian', expected e.g. 'ru', 'multi' or ''"),
    ],
)
def test_letters_and_languages_are_checked(
    tmp_path: Path, values: Mapping[str, object], expected: str
):
    assert expected == problem(write(tmp_path, {**ONE, **values}))


def test_what_to_correct_is_named_with_its_folder(tmp_path: Path):
    with pytest.raises(DatasetError) as caught:
        read(write(tmp_path, "{"))

    assert f"correct {tmp_path / 'val.jsonl'}" == caught.value.next_step
