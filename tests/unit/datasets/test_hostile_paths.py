"""Whatever a dataset calls its images, every format stays below its root and says where not."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pyarrow
import pyarrow.parquet
import pytest

from tests.unit.datasets.files import row, write_dataset
from tests.unit.datasets.tables import png, write_tsv
from vlmhb.datasets.catalog import find
from vlmhb.domain.sample import Sample
from vlmhb.domain.task import DatasetRef
from vlmhb.errors import DatasetError
from vlmhb.system.page_cache import PageCache


def annotation_csv(root: Path, *images: str) -> DatasetRef:
    rows = (row(image, question=f"q{number}") for number, image in enumerate(images))
    return write_dataset(root, *rows)


def vlmeval_tsv(root: Path, *images: str) -> DatasetRef:
    return write_tsv(
        root,
        *(
            {"index": number, "image_path": image, "question": "q"}
            for number, image in enumerate(images)
        ),
    )


def jsonl(root: Path, *images: str) -> DatasetRef:
    (root / "val.jsonl").write_text("".join(f"{json.dumps({'image': one})}\n" for one in images))
    return DatasetRef("j", "jsonl", str(root), "val.jsonl", "none")


def parquet(root: Path, *images: str) -> DatasetRef:
    table = pyarrow.Table.from_pylist([{"image": {"bytes": None, "path": one}} for one in images])
    pyarrow.parquet.write_table(table, root / "val.parquet")
    return DatasetRef("p", "parquet", str(root), "val.parquet", "none")


Maker = Callable[..., DatasetRef]
FORMATS: tuple[Maker, ...] = (annotation_csv, vlmeval_tsv, jsonl, parquet)
FIRST = {"annotation_csv": "line 2", "vlmeval_tsv": "line 2", "jsonl": "line 1", "parquet": "row 0"}
"""What each of them calls its first row."""

REFUSED = {
    "../secret.png": "leads out of the dataset's root",
    "images/../../secret.png": "leads out of the dataset's root",
    "images/../../root-evil/secret.png": "leads out of the dataset's root",
    "out.png": "leads out of the dataset's root",
    "outdir/secret.png": "leads out of the dataset's root",
    "/etc/hostname": "an absolute path",
    "file:///etc/hostname": "an address",
    "http://example.org/a.png": "an address",
    "C:secret.png": "an address",
    "images": "not a regular file",
    "pipe.png": "not a regular file",
    "gone.png": "no such file",
    "images\\a.png": "no such file; use forward slashes",
    "images/a.png/b.png": "no such file",
    "circle.png": "cannot be read: ",
    "a" * 5000: "cannot be read: File name too long",
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder with images, and one beside it."""
    root = tmp_path / "root"
    (root / "images").mkdir(parents=True)
    (tmp_path / "root-evil").mkdir()
    for file in ("root/images/a.png", "secret.png", "root-evil/secret.png"):
        (tmp_path / file).write_bytes(png())
    (root / "out.png").symlink_to("../secret.png")
    (root / "outdir").symlink_to("..")
    (root / "circle.png").symlink_to("circle.png")
    os.mkfifo(root / "pipe.png")
    return root


def read(dataset: DatasetRef) -> tuple[Sample, ...]:
    return find(dataset.format).read(dataset, PageCache(Path(dataset.root, "cache")))


@pytest.mark.parametrize("make", FORMATS, ids=lambda make: make.__name__)
@pytest.mark.parametrize("path", REFUSED, ids=lambda path: path[:40])
def test_a_path_that_cannot_be_used_is_refused_with_its_row(root: Path, make: Maker, path: str):
    with pytest.raises(DatasetError) as caught:
        read(make(root, path))

    assert REFUSED[path] in caught.value.got
    assert FIRST[make.__name__] in caught.value.got
    assert path[:100] in caught.value.got.replace("\\\\", "\\")
    assert len(caught.value.got) < 1000


@pytest.mark.parametrize("make", FORMATS, ids=lambda make: make.__name__)
def test_every_row_with_such_a_path_is_named_and_the_others_are_not(root: Path, make: Maker):
    with pytest.raises(DatasetError) as caught:
        read(make(root, "images/a.png", "gone.png", "images/a.png", "../secret.png"))

    assert 2 == len(caught.value.got.strip().splitlines())


@pytest.mark.parametrize("make", FORMATS, ids=lambda make: make.__name__)
def test_a_link_inside_the_root_is_followed(root: Path, make: Maker):
    (root / "inside.png").symlink_to("images/a.png")

    (sample,) = read(make(root, "inside.png"))

    assert ["images/a.png"] == [page.path for page in sample.pages]
