"""A question or a truth may be as long as a document."""

import csv
import json
from collections.abc import Callable
from pathlib import Path

import pyarrow
import pyarrow.parquet
import pytest

from tests.unit.datasets.files import HEADER, write_dataset
from tests.unit.datasets.tables import b64, png, write_tsv
from vlmhb.datasets.catalog import find
from vlmhb.domain.task import DatasetRef
from vlmhb.system.page_cache import PageCache

QUESTION = "Что здесь? " * 600_000
TRUTH = "слово " * 100_000


def annotation_csv(root: Path) -> DatasetRef:
    row = f"0;s;images/a.png;{QUESTION};{TRUTH};invoice;total;"
    return write_dataset(root, row, header=HEADER)


def vlmeval_tsv(root: Path) -> DatasetRef:
    row = {"index": 1, "image": b64(png()), "question": QUESTION, "answer": TRUTH}
    return write_tsv(root, row, options={})


def jsonl(root: Path) -> DatasetRef:
    line = {"image": {"base64": b64(png())}, "question": QUESTION, "answer": TRUTH}
    (root / "val.jsonl").write_text(json.dumps(line))
    return DatasetRef("j", "jsonl", str(root), "val.jsonl", "none")


def parquet(root: Path) -> DatasetRef:
    row = {"image": {"bytes": png(), "path": None}, "question": QUESTION, "answer": TRUTH}
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist([row]), root / "val.parquet")
    return DatasetRef("p", "parquet", str(root), "val.parquet", "none")


@pytest.mark.parametrize("make", [annotation_csv, vlmeval_tsv, jsonl, parquet])
def test_ten_megabytes_of_question_are_read_as_they_are(
    tmp_path: Path, make: Callable[[Path], DatasetRef]
):
    dataset = make(tmp_path)
    limit = csv.field_size_limit()

    (sample,) = find(dataset.format).read(dataset, PageCache(tmp_path / "cache"))

    assert (QUESTION.strip(), (TRUTH.strip(),)) == (
        sample.question.strip(),
        tuple(target.strip() for target in sample.targets),
    )
    assert limit == csv.field_size_limit()
