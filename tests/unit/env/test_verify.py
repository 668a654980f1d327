"""What verifying finds, and whether a run would find it too."""

import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.env.toy_store import env_called, put_env
from vlmhb.domain.envspec import Interpreter
from vlmhb.env.interpreter import ask
from vlmhb.env.inventory import StoredEnv
from vlmhb.env.verify import Verdict, verify


@pytest.fixture(scope="module")
def python() -> Interpreter:
    return ask(Path(sys.executable))


def env_of(root: Path, interpreter: Interpreter) -> StoredEnv:
    put_env(root, "env", {"file": b"12"}, interpreter=interpreter)
    return env_called(root, "env")


def test_an_env_that_is_as_it_was_built_has_no_problems(tmp_path, python):
    assert () == verify(env_of(tmp_path, python)).problems


def test_an_interpreter_that_is_gone_is_found(tmp_path):
    put_env(tmp_path, "env", {"file": b"12"})

    verdict = verify(env_called(tmp_path, "env"))

    assert Verdict(("interpreter: /nonexistent/python is gone",), is_noticed=True) == verdict


def test_an_interpreter_that_was_replaced_is_found(tmp_path, python):
    verdict = verify(env_of(tmp_path, replace(python, version="3.0.0")))

    expected = f"interpreter: version was 3.0.0, is {python.version}"
    assert Verdict((expected,), is_noticed=True) == verdict


def test_an_interpreter_that_does_not_run_is_found(tmp_path, python):
    verdict = verify(env_of(tmp_path, replace(python, path="/bin/false")))

    (problem,) = verdict.problems
    assert problem.startswith("interpreter: ")
    assert not verdict.is_noticed


@pytest.mark.parametrize("is_noticed", [True, False])
def test_a_change_that_keeps_size_and_time_is_one_that_no_run_notices(tmp_path, python, is_noticed):
    env = env_of(tmp_path, python)
    receipt = tmp_path / "receipts" / "read.json"
    receipt.parent.mkdir()
    receipt.touch()
    file = env.published.venv / "file"
    before = file.stat()
    file.write_bytes(b"13")
    if not is_noticed:
        os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))

    verdict = verify(env)

    assert Verdict(("changed: file",), is_noticed=is_noticed) == verdict
    assert not receipt.exists()  # the same file in uv's cache is to be read again


def test_an_env_that_cannot_be_read_is_found(tmp_path, python):
    env = env_of(tmp_path, python)
    (env.folder / "env.json").unlink()

    verdict = verify(replace(env, facts=env.published.facts()))

    assert ("unreadable: env.json",) == verdict.problems
