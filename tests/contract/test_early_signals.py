"""A signal that comes while vlmhb is still being imported ends it as any other does."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

PATIENCE_S = 60.0
ROOT = Path(__file__).parents[2]
ENTRY = re.search(r'^vlmhb = "(.+):(.+)"$', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
assert ENTRY is not None
AS_MODULE = ("-m", "vlmhb")
AS_SCRIPT = ("-c", f"from {ENTRY[1]} import {ENTRY[2]} as main\nmain()")

HOOK = """
import os, signal, sys

class Signalling:
    left = {numbers}

    def find_spec(self, name, path=None, target=None):
        while name == {module!r} and self.left:
            os.kill(os.getpid(), self.left.pop(0))

sys.meta_path.insert(0, Signalling())
"""
"""Runs before any of vlmhb's code, and sends signals when that imports a module."""


def interrupted(
    folder: Path, module: str, *numbers: int, start: tuple[str, ...] = AS_MODULE, words: str = ""
) -> "subprocess.CompletedProcess[str]":
    """`vlmhb list`, which gets the signals when it imports `module`."""
    (folder / "sitecustomize.py").write_text(HOOK.format(numbers=list(numbers), module=module))
    return subprocess.run(
        [sys.executable, *start, "list", *words.split()],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": f"{folder}:{ROOT}"},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )


@pytest.mark.parametrize("start", [AS_MODULE, AS_SCRIPT], ids=["module", "script"])
@pytest.mark.parametrize("module", ["vlmhb.cli", "click", "vlmhb.system.signals"])
@pytest.mark.parametrize(("number", "name"), [(2, "SIGINT"), (15, "SIGTERM"), (1, "SIGHUP")])
def test_a_signal_during_an_import_ends_with_the_line_and_the_code(
    tmp_path: Path, start: tuple[str, ...], module: str, number: int, name: str
):
    ended = interrupted(tmp_path, module, number, start=start)

    assert f"vlmhb: stopped by {name}; to go on: vlmhb list\n" == ended.stderr
    assert (128 + number, "") == (ended.returncode, ended.stdout)


def test_it_is_told_as_json_where_that_was_asked_for(tmp_path: Path):
    ended = interrupted(tmp_path, "click", 15, words="--json")

    assert 143 == ended.returncode
    assert "SIGTERM" == json.loads(ended.stdout)["error"]["signal"]


def test_the_second_signal_does_not_wait_for_the_imports(tmp_path: Path):
    ended = interrupted(tmp_path, "vlmhb.cli", 15, 2)

    told = "vlmhb: stopped by SIGTERM; to go on: run the same command again\n"
    assert (143, told) == (ended.returncode, ended.stderr)


def test_a_hang_up_that_is_ignored_stays_so(tmp_path: Path):
    """As under nohup."""
    ignoring = (
        "-c",
        "import os, signal, sys\n"
        "signal.signal(signal.SIGHUP, signal.SIG_IGN)\n"
        "os.execv(sys.executable, [sys.executable, '-m', 'vlmhb', *sys.argv[1:]])",
    )

    ended = interrupted(tmp_path, "vlmhb.cli", 1, start=ignoring)

    assert "stopped" not in ended.stderr
    assert ended.returncode not in {129, -1}


def test_a_signal_after_the_command_ends_it_at_once(tmp_path: Path):
    """While what was said waits for a reader, say: nobody takes signals any more."""
    at_the_end = (
        "-c",
        "import atexit, os, signal\n"
        "from vlmhb.__main__ import main\n"
        "atexit.register(lambda: [os.kill(os.getpid(), signal.SIGTERM), print('still here')])\n"
        "main()",
    )

    ended = interrupted(tmp_path, "no.module", start=at_the_end, words="--help")

    assert 143 == ended.returncode
    assert "still here" not in ended.stdout


TOLD = """
import os, signal
from vlmhb.errors import Interrupted
from vlmhb.system.early_signals import EARLY
from vlmhb.system.signals import StopSignals
EARLY.hear()
os.kill(os.getpid(), signal.SIGTERM)
try:
    with StopSignals("vlmhb list"):
        print("inside")
except Interrupted as error:
    print(error, flush=True)
    os.kill(os.getpid(), signal.SIGINT)
    print("still here")
"""


def test_while_the_first_signal_is_told_the_second_ends_the_process(tmp_path: Path):
    ended = interrupted(tmp_path, "no.module", start=("-c", TOLD))

    assert "stopped by SIGTERM; to go on: vlmhb list\n" == ended.stdout
    assert (130, False) == (ended.returncode, "Traceback" in ended.stderr)
