"""The check of fresh envs, whose files are second names of a cache's."""

import hashlib
import os
import shutil
from pathlib import Path
from threading import Event

import pytest

from tests.unit.env.toy_world import _record_hash
from vlmhb.env.caller import Caller
from vlmhb.env.check import Checked, check, read_ahead
from vlmhb.env.receipts import Receipts

SITE = Path("lib/python3.11/site-packages")
TEXTS = {"a.py": "a = 1\n", "b.py": "b = 1\n"}


class Cache:
    """An unpacked package, and envs that are made of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.receipts = Receipts(folder / "receipts")
        self.package = folder / "cache"
        self.package.mkdir()
        for name, text in TEXTS.items():
            (self.package / name).write_text(text)
        self._envs = 0

    def env(self) -> Path:
        """A venv with second names of the package's files."""
        self._envs += 1
        site = self.folder / f"env-{self._envs}" / SITE
        info = site / "toy-1.dist-info"
        info.mkdir(parents=True)
        for name in TEXTS:
            os.link(self.package / name, site / name)
        rows = [f"{name},{_record_hash(text)},{len(text)}\n" for name, text in TEXTS.items()]
        (info / "RECORD").write_text("".join([*rows, "toy-1.dist-info/RECORD,,\n"]))
        return site.parents[2]

    def check(self) -> Checked:
        """The check of a new env."""
        env = self.env()
        return check(env, read_ahead(env, self.receipts, Event()), self.receipts, Caller())

    def damage(self, name: str) -> None:
        """Change a file, whatever its names, and set its time back."""
        path = self.package / name
        before = path.stat()
        with path.open("r+b") as file:
            file.write(b"X")
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path)


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def test_files_as_listed_are_no_problem_and_each_has_its_digest(cache):
    checked = cache.check()

    assert () == checked.problems
    assert set(checked.tree.files) == set(checked.sha256)
    assert sha256(TEXTS["a.py"]) == checked.sha256[f"{SITE}/a.py"]


def test_a_file_that_was_read_for_one_env_is_not_read_for_the_next(cache):
    cache.check()
    cache.damage("a.py")

    checked = cache.check()

    assert () == checked.problems
    assert sha256(TEXTS["a.py"]) == checked.sha256[f"{SITE}/a.py"]


def test_once_the_receipts_are_forgotten_every_file_is_read(cache):
    cache.check()
    cache.damage("a.py")
    cache.receipts.forget()

    assert [f"toy: changed: {SITE}/a.py"] == [str(found) for found in cache.check().problems]


def test_a_file_written_since_it_was_read_is_read_again(cache):
    cache.check()
    (cache.package / "a.py").write_text("a = 2\n")

    assert [f"toy: changed: {SITE}/a.py"] == [str(found) for found in cache.check().problems]


def test_a_file_unpacked_anew_is_read_again(cache):
    cache.check()
    before = (cache.package / "a.py").stat()
    (cache.package / "a.py").rename(cache.folder / "kept, so that its inode is not given away")
    (cache.package / "a.py").write_text("a = 2\n")
    os.utime(cache.package / "a.py", ns=(before.st_atime_ns, before.st_mtime_ns))

    assert [f"toy: changed: {SITE}/a.py"] == [str(found) for found in cache.check().problems]


def test_a_damaged_file_gets_no_receipt(cache):
    cache.damage("a.py")

    first, second = cache.check(), cache.check()

    assert first.problems == second.problems != ()


def test_a_file_without_another_name_gets_no_receipt(cache):
    env = cache.env()
    (env / SITE / "b.py").unlink()
    (env / SITE / "b.py").write_text(TEXTS["b.py"])

    checked = check(env, read_ahead(env, cache.receipts, Event()), cache.receipts, Caller())

    (receipt,) = (cache.receipts.get(path.stem) for path in cache.receipts.folder.iterdir())
    assert receipt is not None
    assert {f"{SITE}/a.py"} == set(receipt.known(checked.tree))


def test_what_the_imports_change_and_leave_is_in_the_digests(cache):
    env = cache.env()
    ahead = read_ahead(env, cache.receipts, Event())
    site = env / SITE
    (site / "a.py").unlink()
    (site / "a.py").write_text("a = 3\n")
    (site / "a.pyc").write_text("bytecode")

    checked = check(env, ahead, cache.receipts, Caller())

    assert sha256("a = 3\n") == checked.sha256[f"{SITE}/a.py"]
    assert sha256("bytecode") == checked.sha256[f"{SITE}/a.pyc"]


def test_a_listed_file_that_is_missing_is_a_problem(cache):
    env = cache.env()
    (env / SITE / "a.py").unlink()

    checked = check(env, read_ahead(env, cache.receipts, Event()), cache.receipts, Caller())

    assert [f"toy: missing: {SITE}/a.py"] == [str(found) for found in checked.problems]


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"paths": ["a"], "sha256": []}'])
def test_a_damaged_receipt_is_as_good_as_none(cache, content):
    cache.check()
    for path in cache.receipts.folder.iterdir():
        path.write_text(content)
    cache.damage("a.py")

    assert [f"toy: changed: {SITE}/a.py"] == [str(found) for found in cache.check().problems]


def test_a_receipt_with_columns_of_unequal_length_is_as_good_as_none(cache):
    cache.check()
    (path,) = cache.receipts.folder.iterdir()
    path.write_text(path.read_text().replace('"inodes":[', '"inodes":[1,'))

    assert cache.receipts.get(path.stem) is None


def test_forgetting_receipts_that_are_not_there_is_fine(cache):
    shutil.rmtree(cache.receipts.folder, ignore_errors=True)

    cache.receipts.forget()

    assert not cache.receipts.folder.exists()
