"""What is remembered of fetched files."""

from pathlib import Path

import pytest

from vlmhb.datasets.source_receipt import Receipt
from vlmhb.domain.task import SourceFile

SOURCE = SourceFile("https://data.invalid/a.tsv", "a.tsv")


def test_a_file_that_went_away_while_it_was_checked_is_not_remembered_as_whole(tmp_path: Path):
    with pytest.raises(FileNotFoundError):
        Receipt(tmp_path / "receipts", tmp_path).note(SOURCE, ["a.tsv"])

    assert not Receipt(tmp_path / "receipts", tmp_path).holds(SOURCE)


def test_a_file_is_whole_until_it_changes_or_goes(tmp_path: Path):
    (tmp_path / "a.tsv").write_bytes(b"table")
    Receipt(tmp_path / "receipts", tmp_path).note(SOURCE, ["a.tsv"])
    found = [Receipt(tmp_path / "receipts", tmp_path).holds(SOURCE)]

    (tmp_path / "a.tsv").write_bytes(b"another table")
    found.append(Receipt(tmp_path / "receipts", tmp_path).holds(SOURCE))
    (tmp_path / "a.tsv").unlink()
    found.append(Receipt(tmp_path / "receipts", tmp_path).holds(SOURCE))

    assert [True, False, False] == found
