"""Envs of others: tried once for each state, and never written into."""

import venv
from pathlib import Path

import pytest

from vlmhb.domain.envspec import Env, EnvSpec
from vlmhb.env.lent import lend
from vlmhb.env.records import site_packages
from vlmhb.errors import EnvError

COUNTED = """
import os
with open(os.environ["COUNT"], "a") as file:
    file.write("x")
"""


class Lender:
    """A venv with one module that counts how often it is imported."""

    def __init__(self, folder: Path) -> None:
        venv.create(folder / "venv", symlinks=True)
        self.folder = folder
        self.packages = site_packages(folder / "venv")
        (self.packages / "counted.py").write_text(COUNTED)

    def spec(self, *imports: str) -> EnvSpec:
        return EnvSpec(
            "lent",
            str(self.folder / "spec"),
            imports=imports or ("counted",),
            interpreter=str(self.folder / "venv/bin/python"),
            variables={"COUNT": str(self.folder / "count")},
        )

    def lend(self, *imports: str) -> Env:
        return lend(self.spec(*imports), self.folder / "envs")

    def set_version(self, version: str, package: str = "toy") -> None:
        info = self.packages / f"{package}.dist-info"
        info.mkdir(exist_ok=True)
        (info / "METADATA").write_text(f"Name: {package}\nVersion: {version}\n")

    @property
    def tries(self) -> int:
        return len((self.folder / "count").read_text())


@pytest.fixture
def lender(tmp_path: Path) -> Lender:
    return Lender(tmp_path)


def test_a_state_of_an_env_is_tried_once(lender: Lender):
    first = lender.lend()

    second = lender.lend()

    assert first == second
    assert 1 == lender.tries


def test_a_changed_env_is_another_one_and_is_tried_again(lender: Lender):
    lender.set_version("1")
    first = lender.lend()
    lender.set_version("2")

    second = lender.lend()

    assert first.fingerprint != second.fingerprint
    assert (("toy", "2"),) == second.packages
    assert 2 == lender.tries


def test_other_imports_are_tried_for_themselves(lender: Lender):
    lender.lend()

    with pytest.raises(EnvError) as caught:
        lender.lend("counted", "no_such_module")

    assert "import of no_such_module failed" in caught.value.got
    assert lender.spec().interpreter in caught.value.doing
    assert f"{lender.folder}/spec/envspec.yaml" in (caught.value.next_step or "")


def test_a_failure_is_not_remembered(lender: Lender):
    for _ in range(2):
        with pytest.raises(EnvError):
            lender.lend("counted", "no_such_module")

    assert 2 == lender.tries


def test_msgpack_is_lent_from_a_side_folder_where_it_is_missing(lender: Lender):
    without = lender.lend()
    (lender.packages / "msgpack.py").write_text("")

    with_it = lender.lend()

    assert lender.folder / "envs/lent" == Path(without.lent).parent
    assert (Path(without.lent) / "msgpack/__init__.py").is_file()
    assert "" == with_it.lent
    assert without.fingerprint != with_it.fingerprint


def test_a_msgpack_that_is_too_old_is_named(lender: Lender):
    lender.set_version("0.5.6", package="msgpack")

    with pytest.raises(EnvError) as caught:
        lender.lend()

    assert "its msgpack is 0.5.6" == caught.value.got
    assert f"{lender.folder}/spec/envspec.yaml" in (caught.value.next_step or "")


def test_a_lent_env_is_unlocked_and_says_what_it_is(lender: Lender):
    env = lender.lend()

    assert (False, "") == (env.locked, env.lock_sha256)
    assert env.python == lender.spec().interpreter
    assert env.interpreter.version == env.python_version
    assert env.platform


def test_a_store_that_cannot_remember_tries_again(lender: Lender):
    (lender.packages / "msgpack.py").write_text("")
    (lender.folder / "envs").write_text("a file, not a folder")

    lender.lend()
    lender.lend()

    assert 2 == lender.tries
