from pathlib import Path

import pytest

from tests.unit.comparison.runs import compared, numbered, right, task_of, write_run
from vlmhb.comparison import write_comparison
from vlmhb.comparison.write import documents_of
from vlmhb.errors import StorageError, UsageError

SAMPLES = numbered(8)


def test_documents_take_the_place_of_earlier_ones_and_leave_other_files_alone(tmp_path: Path):
    a = write_run(tmp_path / "a", {"m": right(SAMPLES)}, task_of(SAMPLES))
    b = write_run(tmp_path / "b", {"m": right(SAMPLES, 1)}, task_of(SAMPLES))
    out = tmp_path / "some/where"
    write_comparison(compared(a, b), (), out)
    (out / "notes.txt").write_text("mine")

    write_comparison(compared(b, a), (), out)

    assert documents_of(compared(b, a), ()) == {
        name: (out / name).read_bytes()
        for name in ("comparison.json", "comparison.md", "comparison.html")
    }
    assert "mine" == (out / "notes.txt").read_text()


def test_a_folder_that_cannot_be_made_is_a_storage_error(tmp_path: Path):
    a, b = (
        write_run(tmp_path / name, {"m": right(SAMPLES)}, task_of(SAMPLES)) for name in ("a", "b")
    )
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(StorageError, match="cannot make"):
        write_comparison(compared(a, b), (), tmp_path / "file/below")


def test_of_many_samples_of_one_side_the_first_are_named(tmp_path: Path):
    a = write_run(tmp_path / "a", {"m": right(SAMPLES)}, task_of(SAMPLES))
    b = write_run(tmp_path / "b", {"m": right(SAMPLES)}, task_of(SAMPLES[:1]))

    with pytest.raises(UsageError, match=r"7 only in A \(1, 2, 3, 4, 5 and 2 more\)"):
        compared(a, b)
