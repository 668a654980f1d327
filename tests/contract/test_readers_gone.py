"""A command whose reader is gone ends as it went: a pager that was left, a closed terminal."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.contract.test_json_output import SLOW_TO_END, WORKS
from tests.workspace import Workspace

DRIVER = """
import json, os, sys
from vlmhb.cli import main
kept, codes = (os.dup(1), os.dup(2)), []
for words in json.load(open("commands.json")):
    sys.argv, sys.stdout, sys.stderr = ["vlmhb", *words], sys.__stdout__, sys.__stderr__
    reader, writer = os.pipe()
    os.close(reader)
    for fd in (1, 2):
        os.dup2(writer, fd)
    os.close(writer)
    try:
        main()
    except SystemExit as end:
        codes.append(end.code)
    sys.stdout.flush()
for fd, old in zip((1, 2), kept):
    os.dup2(old, fd)
json.dump(codes, open("codes.json", "w"))
"""
"""Runs command after command in one process: importing everything takes longer than they do."""


@pytest.mark.parametrize("form", ["", "--json"])
def test_a_command_that_nobody_reads_ends_as_it_went(tmp_path: Path, shared_envs: Path, form: str):
    space = Workspace.create(tmp_path / "user", shared_envs)
    answers = ["id,answer", *(f"{number},{number}" for number in range(6))]
    (space.path / "answers.csv").write_text("\n".join(answers))
    names = [name for name in WORKS if name != SLOW_TO_END]
    calls = [[*name.split(), *WORKS[name].split(), *form.split()] for name in names]
    (space.path / "commands.json").write_text(json.dumps(calls))

    subprocess.run(
        [sys.executable, "-c", DRIVER], cwd=space.path, env=space.environment(), check=True
    )
    codes = json.loads((space.path / "codes.json").read_text())

    nothing_to_pin = {"models pin": 2}
    assert dict.fromkeys(names, 0) | nothing_to_pin == dict(zip(names, codes, strict=True))


def test_a_full_disk_is_no_reader_that_is_gone(workspace: Workspace):
    """Whoever keeps what a command prints must hear that it was not kept."""
    with Path("/dev/full").open("w") as full:
        process = subprocess.Popen(
            [sys.executable, "-m", "vlmhb", "list", "models", "--json"],
            cwd=workspace.path,
            env=workspace.environment(),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
        )
        _, err = process.communicate(timeout=60)

    assert 0 != process.returncode
    assert "No space left on device" in err
