"""Checksums of files, by the programs that are known to make them."""

import hashlib
import subprocess
from pathlib import Path

import pytest

from vlmhb.system.checksums import Checksums, Difference

CONTENT = b"some\ncontent\n" * 100_000
SHA256 = hashlib.sha256(CONTENT).hexdigest()
MD5 = hashlib.md5(CONTENT, usedforsecurity=False).hexdigest()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "file"
    path.write_bytes(CONTENT)
    return path


def test_a_file_with_every_checksum_differs_in_none(file):
    assert Checksums(SHA256, MD5).difference(file) is None


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        (Checksums("0" * 64, MD5), Difference("sha256", "0" * 64, SHA256)),
        (Checksums(SHA256, "0" * 32), Difference("md5", "0" * 32, MD5)),
    ],
)
def test_the_checksum_that_differs_is_told(file, known, expected):
    assert expected == known.difference(file)


def test_gits_name_is_the_one_git_gives(file):
    words = ["git", "hash-object", str(file)]
    git = subprocess.run(words, check=True, capture_output=True, text=True).stdout.strip()

    assert Checksums(git=git).difference(file) is None


def test_nothing_known_is_no_checksum(file):
    assert not Checksums()
    assert Checksums(md5=MD5)
    assert Checksums().difference(file) is None
