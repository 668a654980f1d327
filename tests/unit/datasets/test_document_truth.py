"""What is true of pages that are shown together, or alone."""

from pathlib import Path

import pytest

from vlmhb.datasets.document_files import WHOLE, DocumentFile, Truth, read_folder
from vlmhb.datasets.document_truth import UNKNOWN, DocumentTruth, Expected, Known, shape
from vlmhb.datasets.problems import Problems
from vlmhb.domain.digest import Json
from vlmhb.errors import DatasetError


def truth(folder: Path, kind: Expected, **texts: str) -> DocumentTruth:
    """From files for pages `p1`, `p2`, ... or for the `whole` document."""
    suffix = ".json" if kind is Expected.JSON else ".txt"
    truths = []
    for name, text in texts.items():
        file = folder / f"a.{name}{suffix}"
        file.write_text(text, "utf-8")
        page = WHOLE if name == "whole" else int(name[1:])
        truths.append(Truth(DocumentFile(file.name, file), page))
    problems = Problems("x")
    found = DocumentTruth(truths, kind, problems)
    problems.raise_if_any()
    return found


def test_one_page_of_several_is_asked_for_its_own_fields(tmp_path: Path):
    known = truth(tmp_path, Expected.JSON, p1='{"a": 5}', p2='{"b": 6}')

    assert Known(('{"a": 5}',), '{"a": 0}') == known.of_pages(1, 2)
    assert Known(unused="it is about single pages") == known.of_pages(2, 2)


def test_texts_of_pages_are_put_together_when_all_are_there(tmp_path: Path):
    known = truth(tmp_path, Expected.TEXT, p1="one", p2="two")

    assert Known(("one\ntwo",)) == known.of_pages(2, 3)
    assert Known(unused="it is about single pages") == known.of_pages(3, 3)
    assert UNKNOWN == known.of_page(3, 3)


def test_a_text_has_one_part_for_each_page(tmp_path: Path):
    known = truth(tmp_path, Expected.TEXT, whole="one\n\f\ntwo\n\f")

    assert Known(("two",)) == known.of_page(2, 2)
    assert Known(unused="2 texts between form feeds, 3 pages") == known.of_page(2, 3)
    assert Known(("one",)) == known.of_pages(1, 2)


def test_an_empty_text_is_one_text(tmp_path: Path):
    known = truth(tmp_path, Expected.TEXT, whole="")

    assert Known(unused="1 text between form feeds, 2 pages") == known.of_page(1, 2)
    assert Known(("",)) == known.of_page(1, 1)


def test_fields_of_a_whole_document_say_nothing_of_a_page(tmp_path: Path):
    known = truth(tmp_path, Expected.JSON, whole="[1]")

    expected = Known(unused="it is about all 2 pages of the document")
    assert expected == known.of_page(1, 2)
    assert expected == known.of_pages(1, 2)
    assert Known(("[1]",), "[0]") == known.of_pages(2, 2)


def test_without_a_truth_nothing_is_known(tmp_path: Path):
    known = truth(tmp_path, Expected.TEXT)

    assert (UNKNOWN, UNKNOWN, UNKNOWN) == (
        known.of_page(1, 1),
        known.of_pages(1, 1),
        known.of_pages(2, 3),
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{", r"a\.whole\.json:1:2: .*, expected JSON"),
        ('{"a": NaN}', r"a\.whole\.json: got NaN, expected JSON"),
        ('{"a": "\\ud800"}', r"a\.whole\.json: half of a character"),
    ],
)
def test_a_truth_that_is_no_json_is_told_with_its_place(tmp_path: Path, text: str, expected: str):
    with pytest.raises(DatasetError, match=expected):
        truth(tmp_path, Expected.JSON, whole=text)


def test_a_document_has_one_truth_or_one_for_each_page(tmp_path: Path):
    with pytest.raises(DatasetError, match=r"a\.whole\.txt, a\.p1\.txt: give either one file"):
        truth(tmp_path, Expected.TEXT, whole="a", p1="b")


def test_a_shape_has_the_structure_and_no_value():
    value: Json = {
        "да": True,
        "n": 1.5,
        "t": "x",
        "no": None,
        "rows": [{"a": 1}, {"b": 2}],
        "e": [],
    }

    expected = {"да": False, "n": 0, "t": "", "no": "", "rows": [{"a": 0}], "e": []}
    assert expected == shape(value)


def test_a_text_about_a_page_of_no_document_belongs_to_none(tmp_path: Path):
    for name in ("a.png", "b.p1.txt", "a.p0.txt"):
        (tmp_path / name).write_bytes(b"")

    found = read_folder(tmp_path, Problems("x"))

    assert {} == found.truths
    assert ("a.p0.txt", "b.p1.txt") == found.strays
