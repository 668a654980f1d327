"""Parquet tables, read a few rows at a time."""

import datetime
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow
import pyarrow.parquet
import pytest

from tests.unit.datasets.tables import png
from vlmhb.datasets.parquet import Parquet
from vlmhb.domain.digest import Json
from vlmhb.domain.sample import PageImage, Sample, UnreadablePage
from vlmhb.domain.task import DatasetRef
from vlmhb.errors import DatasetError
from vlmhb.system.page_bytes import read_bytes
from vlmhb.system.page_cache import PageCache


def write(root: Path, rows: Sequence[Mapping[str, object]], name: str = "val.parquet") -> None:
    root.mkdir(parents=True, exist_ok=True)
    table = pyarrow.Table.from_pylist(list(rows))
    pyarrow.parquet.write_table(table, root / name, row_group_size=3)


def read(
    root: Path, annotation: str = "val.parquet", options: Mapping[str, Json] | None = None
) -> tuple[Sample, ...]:
    dataset = DatasetRef("p", "parquet", str(root), annotation, "none", options=options or {})
    return Parquet().read(dataset, PageCache(root / "cache"))


def problem(root: Path, annotation: str = "val.parquet") -> str:
    with pytest.raises(DatasetError) as caught:
        read(root, annotation)
    return str(caught.value)


def test_rows_are_samples_and_their_images_are_kept(tmp_path: Path):
    rows = [
        {"image": {"bytes": png(30 + n), "path": None}, "question": f"q{n}", "answers": ["a", "b"]}
        for n in range(20)
    ]
    write(tmp_path, rows)

    samples = read(tmp_path)

    assert [str(n) for n in range(20)] == [sample.id for sample in samples]
    assert ("q19", ("a", "b")) == (samples[19].question, samples[19].targets)
    (page,) = samples[19].pages
    assert isinstance(page, PageImage)
    assert ("val.parquet#row=19", 49) == (page.path, page.width_px)
    assert png(49) == read_bytes(str(tmp_path), page)


def test_images_may_be_bytes_lists_and_paths(tmp_path: Path):
    (tmp_path / "a.png").write_bytes(png(40))
    write(tmp_path, [{"jpg": png(), "images": [{"bytes": png(), "path": "x"}] * 2, "p": "a.png"}])

    several = read(tmp_path)[0].pages
    single = read(tmp_path, options={"columns": {"images": "jpg"}})[0].pages
    file = read(tmp_path, options={"columns": {"images": "p"}})[0].pages

    assert ["val.parquet#row=0&image=1", "val.parquet#row=0&image=2"] == [p.path for p in several]
    assert ["val.parquet#row=0"] == [page.path for page in single]
    assert ["a.png"] == [page.path for page in file]


def test_other_columns_are_metadata_without_their_bytes(tmp_path: Path):
    when = datetime.date(2026, 1, 2)
    write(tmp_path, [{"image": png(), "mask": b"x", "when": when, "n": 1, "t": {"a": [0.5]}}])

    assert {"when": "2026-01-02", "n": 1, "t": {"a": [0.5]}} == read(tmp_path)[0].metadata


def test_several_files_are_one_dataset(tmp_path: Path):
    for number in range(2):
        write(tmp_path, [{"image": png(), "question": f"{number}"}], f"val-{number}.parquet")

    samples = read(tmp_path, "val-*.parquet")

    assert [("0", "0"), ("1", "1")] == [(one.id, one.question) for one in samples]
    assert "val-1.parquet#row=0" == samples[1].pages[0].path


def test_bytes_that_are_no_image_are_an_unreadable_page(tmp_path: Path):
    write(tmp_path, [{"image": {"bytes": b"words", "path": None}}])

    (page,) = read(tmp_path)[0].pages

    assert isinstance(page, UnreadablePage)
    assert not (tmp_path / "cache").exists()


def test_rows_that_cannot_be_used_are_named(tmp_path: Path):
    write(tmp_path, [{"image": png(), "id": 1}, {"image": None, "id": 2}, {"id": 1}])

    text = problem(tmp_path)

    assert "row 1: an image is NoneType" in text or "row 1: no 'images' or 'image'" in text


@pytest.mark.parametrize("keep", [0.0, 0.1, 0.5, 0.9])
def test_a_file_that_is_cut_is_a_problem(tmp_path: Path, keep: float):
    write(tmp_path, [{"image": png()}])
    content = (tmp_path / "val.parquet").read_bytes()
    (tmp_path / "val.parquet").write_bytes(content[: int(len(content) * keep)])

    assert "cannot read dataset 'p' from val.parquet: Parquet" in problem(tmp_path)


READ = """
from pathlib import Path
from vlmhb.datasets.parquet import Parquet
from vlmhb.domain.task import DatasetRef
from vlmhb.system.page_cache import PageCache
dataset = DatasetRef("p", "parquet", "/never", "val.parquet", "none")
Parquet().read(dataset, PageCache(Path("/never")))
"""


def test_without_pyarrow_the_extra_is_named(tmp_path: Path):
    (tmp_path / "pyarrow.py").write_text("raise ImportError")
    code = f"import sys\nsys.path.insert(0, {str(tmp_path)!r})\n{READ}"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert "DatasetError: cannot read dataset 'p' from val.parquet: pyarrow is not" in done.stderr
    assert "Next: pip install 'vlmhb[parquet]'" in done.stderr
