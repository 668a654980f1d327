"""What is told of changes that reach the disk, and that they are made."""

from pathlib import Path

import pytest

from vlmhb.system.durable import (
    Change,
    DurableFile,
    Kind,
    make_folder,
    remove,
    rename,
    replacing,
    watched_by,
)


def told(changes: list[Change]) -> list[tuple[str, str]]:
    return [(change.kind.value, change.path.name) for change in changes]


def test_a_file_that_takes_the_place_of_another_is_synced_before_and_its_name_after(
    tmp_path: Path,
):
    changes: list[Change] = []
    with (
        watched_by(changes.append),
        replacing(tmp_path / "run.json", ".partial") as file,
    ):
        file.write(b"new")

    new = changes[0].path.name
    assert [
        ("create", new),
        ("write", new),
        ("sync", new),
        ("rename", new),
        ("sync folder", tmp_path.name),
    ] == told(changes)
    assert tmp_path / "run.json" == changes[3].target


def test_a_change_that_is_refused_is_not_made(tmp_path: Path):
    def refuse(change: Change) -> None:
        if change.kind is Kind.RENAME:
            raise OSError(5, "refused")

    (tmp_path / "run.json").write_bytes(b"old")
    with watched_by(refuse), pytest.raises(OSError, match="refused"):
        write(tmp_path / "run.json", b"new")

    assert b"old" == (tmp_path / "run.json").read_bytes()
    assert ["run.json"] == [path.name for path in tmp_path.iterdir()]


def write(path: Path, content: bytes) -> None:
    with replacing(path, ".partial") as file:
        file.write(content)


def test_new_folders_are_synced_into_those_above_them(tmp_path: Path):
    changes: list[Change] = []
    with watched_by(changes.append):
        make_folder(tmp_path / "runs/one")
        make_folder(tmp_path / "runs/one")

    assert [
        ("make folder", "runs"),
        ("sync folder", tmp_path.name),
        ("make folder", "one"),
        ("sync folder", "runs"),
    ] == told(changes)
    assert (tmp_path / "runs/one").is_dir()


def test_what_is_appended_stands_behind_what_was_there(tmp_path: Path):
    path = tmp_path / "file"
    path.write_bytes(b"old ")
    with DurableFile.appending(path) as file:
        file.write(b"new")
        file.sync()
        size = file.size_bytes
        file.truncate(5)

    assert 7 == size
    assert b"old n" == path.read_bytes()


def test_names_are_given_and_taken_away(tmp_path: Path):
    (tmp_path / "a").write_bytes(b"")

    rename(tmp_path / "a", tmp_path / "b")
    there = (tmp_path / "b").exists()
    remove(tmp_path / "b")
    remove(tmp_path / "b")

    assert there
    assert [] == list(tmp_path.iterdir())


def test_nobody_is_told_afterwards(tmp_path: Path):
    changes: list[Change] = []
    with watched_by(changes.append):
        pass

    make_folder(tmp_path / "folder")

    assert [] == changes
