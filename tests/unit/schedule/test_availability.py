"""Models whose files are not there."""

from pathlib import Path

from tests.build import model
from vlmhb.domain.model import FileNeed
from vlmhb.schedule.availability import Missing, missing_files


def test_missing_files_are_named_with_each_command_once(tmp_path: Path):
    there = tmp_path / "eng"
    there.write_text("")
    needs = tuple(FileNeed(str(tmp_path / name), "install all") for name in ("eng", "rus", "kor"))

    missing = missing_files([model("a", files=needs), model("b", files=needs[:1])])

    assert {"a": Missing(f"{tmp_path}/rus, {tmp_path}/kor not found", "install all")} == missing
