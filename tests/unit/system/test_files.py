"""Files are whole or not there, whoever is stopped when."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from vlmhb.errors import StorageError
from vlmhb.system.files import copy_whole, remove_partial, write_atomic


def test_a_file_is_replaced_as_a_whole(tmp_path: Path):
    path = tmp_path / "run.json"
    path.write_bytes(b"old and longer")

    write_atomic(path, b"new")

    assert b"new" == path.read_bytes()
    assert [path] == list(tmp_path.iterdir())


def test_a_folder_that_is_gone_is_a_storage_error_with_a_way_out(tmp_path: Path):
    with pytest.raises(StorageError, match=r"No such file or directory(.|\n)*another folder"):
        write_atomic(tmp_path / "gone" / "run.json", b"new")


def test_what_a_crashed_writer_left_is_removed_and_nothing_else(tmp_path: Path):
    for name in (".run.json.abc.partial", "run.json", ".hidden", "a.partial"):
        (tmp_path / name).write_bytes(b"")

    remove_partial(tmp_path)

    assert [".hidden", "a.partial", "run.json"] == sorted(f.name for f in tmp_path.iterdir())


def test_a_copy_is_a_file_of_its_own_and_leaves_nothing_else(tmp_path: Path):
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(b"picture")

    copy_whole(source, target)
    target.write_bytes(b"changed")

    assert b"picture" == source.read_bytes()
    assert [source, target] == sorted(tmp_path.iterdir())


def test_a_copy_that_fails_leaves_the_old_file_and_nothing_else(tmp_path: Path):
    target = tmp_path / "target"
    target.write_bytes(b"old")

    with pytest.raises(FileNotFoundError):
        copy_whole(tmp_path / "gone", target)

    assert [target] == list(tmp_path.iterdir())
    assert b"old" == target.read_bytes()


def test_two_copies_to_one_place_do_not_meet(tmp_path: Path):
    """The second begins and ends while the first, which reads a pipe, is half way."""
    pipe, other, target = tmp_path / "pipe", tmp_path / "other", tmp_path / "target"
    os.mkfifo(pipe)
    other.write_bytes(b"whole")
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(copy_whole, pipe, target)
        with pipe.open("wb") as end:  # opened when the other side is
            copy_whole(other, target)
            found = target.read_bytes()
            end.write(b"whole")
        first.result(timeout=60)

    assert b"whole" == found == target.read_bytes()
