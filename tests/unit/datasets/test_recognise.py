"""Telling what a folder holds."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow
import pyarrow.parquet
import pytest

from tests.unit.datasets import files, test_rpo
from tests.unit.datasets.tables import png
from vlmhb.datasets.recognise import recognise
from vlmhb.datasets.recognised import Asks, Recognised
from vlmhb.errors import DatasetError


def found(root: Path) -> Recognised:
    return recognise(root)


def write_lines(root: Path, *rows: object, name: str = "val.jsonl") -> None:
    root.mkdir(parents=True, exist_ok=True)
    (root / name).write_text("".join(f"{json.dumps(row)}\n" for row in rows))


def write_table(root: Path, name: str, rows: Sequence[Mapping[str, object]]) -> None:
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(list(rows)), root / name)


def test_annotation_csv_is_known_by_its_columns_and_preferred_by_its_name(tmp_path: Path):
    files.write_dataset(tmp_path, files.row())
    (tmp_path / "annotation_all.csv").write_bytes((tmp_path / "annotation.csv").read_bytes())
    (tmp_path / "prices.csv").write_text("a,b\n")

    dataset = found(tmp_path)

    assert ("annotation_csv", "annotation.csv") == (dataset.format, dataset.annotation)
    assert ("annotation_all.csv",) == dataset.others


@pytest.mark.parametrize(
    ("header", "row", "asks"),
    [
        ("index\timage\tquestion\tA\tB\tanswer", "1\tx\tq\tcat\tdog\tA", Asks.CHOICES),
        ("index\timage\tquestion\tanswer", "1\tx\tq\tYes", Asks.YES_NO),
        ("index\timage\tquestion\tanswer", "1\tx\tq\t12.50", Asks.QUESTIONS),
    ],
)
def test_a_table_of_vlmevalkit_tells_by_columns_and_answers_what_it_asks(
    tmp_path: Path, header: str, row: str, asks: Asks
):
    (tmp_path / "X.tsv").write_text(f"{header}\n{row}\n")

    dataset = found(tmp_path)

    assert ("vlmeval_tsv", "X.tsv", (asks,)) == (dataset.format, dataset.annotation, dataset.asks)
    assert dataset.has_targets


def test_long_images_of_a_table_are_not_kept(tmp_path: Path):
    (tmp_path / "X.tsv").write_text(f"index\timage\tquestion\n1\t{'A' * 3_000_000}\tq\n")

    assert not found(tmp_path).has_targets


@pytest.mark.parametrize(
    ("row", "asks", "columns"),
    [
        ({"image": "a.png", "question": "q", "answer": "x"}, Asks.QUESTIONS, {}),
        (
            {"img": "a.png", "query": "q", "label": "x"},
            Asks.QUESTIONS,
            {"images": "img", "question": "query", "answers": "label"},
        ),
        ({"image": "a.png", "text": "all"}, Asks.TEXT, {"answers": "text"}),
        ({"image": "a.png", "answer": {"total": "1"}}, Asks.FIELDS, {}),
        ({"image": "a.png", "answer": '{"total": "1"}'}, Asks.FIELDS, {}),
        (
            {"image": "a.png", "question": "q", "options": ["a", "b"], "answer": "A"},
            Asks.CHOICES,
            {"choices": "options"},
        ),
    ],
)
def test_json_lines_may_call_their_fields_otherwise(
    tmp_path: Path, row: object, asks: Asks, columns: dict[str, str]
):
    write_lines(tmp_path, row)

    dataset = found(tmp_path)

    assert ("jsonl", "val.jsonl", (asks,)) == (dataset.format, dataset.annotation, dataset.asks)
    assert columns == dataset.options.get("columns", {})


def test_json_lines_without_images_are_no_dataset(tmp_path: Path):
    write_lines(tmp_path, {"question": "q"}, "text", 3)

    with pytest.raises(DatasetError, match=r"it holds val\.jsonl"):
        found(tmp_path)


def test_of_the_splits_of_parquet_tables_the_one_to_judge_on_is_taken_whole(tmp_path: Path):
    rows = [{"image": {"bytes": png(5), "path": None}, "question": "q", "answer": "a"}]
    for name in ("train-00000-of-00001", "test-00000-of-00002", "test-00001-of-00002"):
        write_table(tmp_path, f"data/{name}.parquet", rows)

    dataset = found(tmp_path)

    assert "data/test-*.parquet" == dataset.annotation
    assert ("data/train-*.parquet",) == dataset.others
    assert (Asks.QUESTIONS,) == dataset.asks


def test_a_broken_table_is_a_mistake_that_is_told(tmp_path: Path):
    (tmp_path / "a.parquet").write_bytes(b"PAR1 nothing")

    with pytest.raises(DatasetError, match=r"cannot look into .*a\.parquet"):
        found(tmp_path)


def test_bundles_ask_for_an_order_where_a_class_has_several_pages(tmp_path: Path):
    test_rpo.write(tmp_path / "both")
    test_rpo.write(tmp_path / "one", truth={"classes": [1, 2, 1, 2]})

    assert (Asks.CLASSES, Asks.ORDER) == found(tmp_path / "both").asks
    assert (Asks.CLASSES,) == found(tmp_path / "one").asks


@pytest.mark.parametrize(
    ("beside", "asks", "expected"),
    [
        ((), Asks.TEXT, "none"),
        (("a.txt",), Asks.TEXT, "text"),
        (("a.json",), Asks.FIELDS, "json"),
        (("a.txt", "a.json"), Asks.TEXT, "text"),
    ],
)
def test_documents_are_asked_for_what_is_beside_them(
    tmp_path: Path, beside: tuple[str, ...], asks: Asks, expected: str
):
    (tmp_path / "a.png").write_bytes(png(5))
    for name in beside:
        (tmp_path / name).write_text("{}")

    dataset = found(tmp_path)

    assert ("documents", (asks,)) == (dataset.format, dataset.asks)
    assert {"expected": expected} == dataset.options
    assert (expected != "none") == dataset.has_targets


def test_a_file_can_be_named_instead_of_its_folder(tmp_path: Path):
    for name in ("a.jsonl", "b.jsonl"):
        write_lines(tmp_path, {"image": "x.png", "question": "q"}, name=name)

    dataset = recognise(tmp_path / "b.jsonl")

    assert (tmp_path, "b.jsonl", ()) == (dataset.root, dataset.annotation, dataset.others)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("x.tsv", b"\x00\xff\t\n\n"),
        ("x.tsv", b'index\timage\tquestion\n"'),
        ("x.tsv", b""),
        ("x.csv", b"\xff\xfe\x00"),
        ("x.jsonl", b"{\n\xff\n[1]\n"),
        ("classes.json", b"{}"),
        ("notes.docx", b"PK"),
    ],
)
def test_what_is_no_dataset_is_named_with_what_would_be_one(
    tmp_path: Path, name: str, content: bytes
):
    (tmp_path / name).write_bytes(content)

    with pytest.raises(DatasetError) as caught:
        found(tmp_path)

    assert f"it holds {name}" in caught.value.got
    assert "annotation.csv" in str(caught.value.expected)


def test_an_empty_folder_is_told(tmp_path: Path):
    with pytest.raises(DatasetError, match="it is empty"):
        found(tmp_path)
