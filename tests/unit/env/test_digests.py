import hashlib
import os
from pathlib import Path
from threading import Event

import pytest

from vlmhb.env.digests import read_files


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "lib" / "a.py"
    path.parent.mkdir()
    path.write_bytes(b"a = 1\n" * 500_000)
    return path


def test_each_file_is_read_to_its_end(path, tmp_path):
    (tmp_path / "empty").touch()

    read = read_files(tmp_path, ["lib/a.py", "empty"])

    expected = {name: hashlib.sha256((tmp_path / name).read_bytes()).hexdigest() for name in read}
    assert {"lib/a.py", "empty"} == set(read)
    assert expected == {name: digest.sha256 for name, digest in read.items()}


def test_what_is_no_plain_file_is_left_out(path, tmp_path):
    (tmp_path / "link").symlink_to("lib/a.py")
    os.mkfifo(tmp_path / "pipe")

    assert {} == read_files(tmp_path, ["link", "pipe", "lib", "gone", "lib/a.py/below"])


def test_a_digest_is_of_the_file_as_long_as_nobody_writes_it(path, tmp_path):
    digest = read_files(tmp_path, ["lib/a.py"])["lib/a.py"]

    untouched = digest.is_of(path.stat())
    path.write_bytes(b"a = 2\n")

    assert untouched
    assert not digest.is_of(path.stat())


def test_a_digest_is_not_of_a_copy_with_the_same_size_and_time(path, tmp_path):
    before = path.stat()
    digest = read_files(tmp_path, ["lib/a.py"])["lib/a.py"]
    copy = tmp_path / "copy"
    copy.write_bytes(path.read_bytes())
    os.utime(copy, ns=(before.st_atime_ns, before.st_mtime_ns))

    assert not digest.is_of(copy.stat())


def test_once_it_is_cancelled_no_further_file_is_read(path, tmp_path):
    cancelled = Event()
    cancelled.set()

    assert {} == read_files(tmp_path, ["lib/a.py"], cancelled)
