from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from tests.unit.datasets.files import row, task_of, write_dataset
from vlmhb.datasets import DatasetCache, catalog, load_task
from vlmhb.datasets.interface import DatasetFormat
from vlmhb.errors import DatasetError


def test_the_digest_depends_on_rows_and_pages_but_not_on_where_they_lie(tmp_path: Path):
    def digest(folder: str, *rows: str, shade: int = 255) -> str:
        dataset = write_dataset(tmp_path / folder, *rows)
        Image.new("L", (30, 20), shade).save(tmp_path / folder / "images/a.png")
        return load_task(task_of(dataset), DatasetCache(Path("/never"))).dataset_sha256

    first = digest("1", row())

    assert first == digest("2", row())
    assert first != digest("3", row(question="other"))
    assert first != digest("4", row(), shade=254)
    assert digest("5", row(), row("images/b.png")) != digest("6", row("images/b.png"), row())


def test_an_unknown_format_names_the_near_one(tmp_path: Path):
    dataset = replace(write_dataset(tmp_path, row()), format="anotation_csv")

    with pytest.raises(DatasetError, match="did you mean 'annotation_csv'"):
        load_task(task_of(dataset), DatasetCache(Path("/never")))


@pytest.mark.parametrize("name", catalog.names())
def test_every_format_of_the_catalog_can_be_loaded(name: str):
    reader: DatasetFormat = catalog.find(name)

    assert callable(reader.read)
