import os
from pathlib import Path

import pytest

from vlmhb.errors import UsageError
from vlmhb.merging import read_parts
from vlmhb.merging.part import folder_names


def test_folders_have_as_few_names_as_tell_them_apart():
    assert ("a", "b") == folder_names([Path("/x/a"), Path("/y/b")])
    assert ("x/out", "y/out") == folder_names([Path("/v/x/out"), Path("/v/y/out")])


def test_a_name_that_is_no_utf_8_can_be_written_down():
    (name, _) = folder_names([Path(os.fsdecode(b"/x/\xff")), Path("/x/b")])

    assert b"\\udcff" == name.encode("utf-8")


@pytest.mark.parametrize(
    ("folder", "got"), [("circle", "no such folder"), ("x" * 300, "File name too long")]
)
def test_a_folder_that_leads_nowhere_is_named(tmp_path: Path, folder: str, got: str):
    (tmp_path / "circle").symlink_to(tmp_path / "circle")

    with pytest.raises(UsageError, match=got):
        read_parts([tmp_path / folder, tmp_path / "other"])
