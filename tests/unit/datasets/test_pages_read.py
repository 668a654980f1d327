"""Who waits for a dataset hears how many of its pages were read, whatever its format."""

import json
from pathlib import Path

import pyarrow
import pyarrow.parquet
import pytest

from tests.unit.datasets.files import row, write_dataset
from tests.unit.datasets.tables import b64, png, write_tsv
from vlmhb.datasets.catalog import find
from vlmhb.domain.data_step import DataStep
from vlmhb.domain.task import DatasetRef
from vlmhb.system.page_cache import PageCache


def annotation_csv(root: Path) -> DatasetRef:
    (root / "images").mkdir()
    (root / "images/b.png").write_bytes(png(9))
    return write_dataset(root, row(), row("images/b.png"), row(question="another"))


def vlmeval_tsv(root: Path) -> DatasetRef:
    images = (b64(png(9)), b64(png(8)), "1")
    return write_tsv(
        root, *({"index": n, "image": i, "question": "q"} for n, i in enumerate(images, start=1))
    )


def jsonl(root: Path) -> DatasetRef:
    (root / "b.png").write_bytes(png(8))
    lines = [{"image": {"base64": b64(png(9))}}, {"image": "b.png"}, {"id": "3", "image": "b.png"}]
    (root / "val.jsonl").write_text("\n".join(map(json.dumps, lines)))
    return DatasetRef("t", "jsonl", str(root), "val.jsonl", "none")


def parquet(root: Path) -> DatasetRef:
    rows = [{"image": {"bytes": png(width), "path": None}} for width in (8, 9)]
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), root / "val.parquet")
    return DatasetRef("t", "parquet", str(root), "val.parquet", "none")


def rpo_classification(root: Path) -> DatasetRef:
    (root / "images/0").mkdir(parents=True)
    (root / "jsons").mkdir()
    (root / "classes.json").write_text('{"1": "snils"}')
    (root / "jsons/0.json").write_text('{"classes": [1, 1], "pages": [2, 1]}')
    for name in "ab":
        (root / f"images/0/{name}.png").write_bytes(png())
    return DatasetRef("t", "rpo_classification", str(root), "classes.json", "none")


@pytest.mark.parametrize(
    "make",
    [annotation_csv, vlmeval_tsv, jsonl, parquet, rpo_classification],
    ids=lambda make: make.__name__,
)
def test_each_page_is_told_once(tmp_path: Path, make):
    told: list[DataStep] = []
    dataset = make(tmp_path)

    find(dataset.format).read(dataset, PageCache(tmp_path / "cache", told.append))

    doing = f"reading {dataset.name}"
    assert [DataStep(doing, 1, 0, "pages"), DataStep(doing, 2, 0, "pages")] == told
