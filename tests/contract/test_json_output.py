"""`--json`: every command puts exactly one versioned object on stdout, whatever happens."""

import json
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import pytest

from tests.workspace import Workspace
from vlmhb.cli import cli

GUIDE = Path(__file__).parents[2] / "docs/guide/command-line.md"
DRIVER = """
import json, os, sys
from vlmhb.cli import main
for number, words in enumerate(json.load(open("commands.json"))):
    sys.argv = ["vlmhb", *words]
    kept = {fd: os.dup(fd) for fd in (1, 2)}
    for fd, name in ((1, "out"), (2, "err")):
        os.dup2(os.open(f"{number}.{name}", os.O_WRONLY | os.O_CREAT), fd)
    try:
        main()
    except SystemExit as end:
        code = end.code
    sys.stdout.flush()
    for fd, old in kept.items():
        os.dup2(old, fd)
    open(f"{number}.code", "w").write(str(code))
"""
"""Runs command after command in one process: importing everything takes longer than they do."""

WORKS: Mapping[str, str] = {
    "run": "run --out r1",
    "init": "data --name started",
    "plan": "run",
    "validate": "run",
    "try": "model data/images/page0.png",
    "list": "runs",
    "doctor": "--offline",
    "score": "r1",
    "report": "r1",
    "repair": "r1",
    "mark": "r1 model chosen",
    "view": "r1 --port 0",
    "export": "r1 --format vlmeval --out exported",
    "import": "answers.csv --task numbers --id-column id --answer-column answer --out r2",
    "compare": "r1 r2",
    "merge": "r1 r2 --out r3",
    "models list": "",
    "models show": "model",
    "models fetch": "model",
    "models pin": "model",
    "env lock": "toy --check",
    "env build": "toy",
    "env list": "",
    "env show": "toy",
    "env diff": "toy toy",
    "env verify": "toy",
    "env pack": "toy --out toy.tar",
    "env unpack": "toy.tar",
    "env prune": "--unnamed --dry-run",
    "env remove": "toy --dry-run",
}
"""Command -> what it is given, in an order in which each has what it needs."""
FAILS: Mapping[str, tuple[str, int]] = {
    "run": ("absent", 2),
    "init": ("configs/models", 2),
    "plan": ("run --models absent", 2),
    "validate": ("absent", 2),
    "try": ("absent data/images/page0.png", 2),
    "list": ("absent", 2),
    "doctor": ("--model absent", 2),
    "score": ("absent", 2),
    "report": ("data", 2),
    "repair": ("data", 2),
    "mark": ("r1 absent chosen", 2),
    "view": ("data", 2),
    "export": ("r1", 2),
    "import": ("absent.csv --task numbers", 2),
    "compare": ("r1 data", 2),
    "merge": ("r1 r1 --out r4", 2),
    "models show": ("absent", 2),
    "env build": ("absent", 2),
    "env show": ("absent", 2),
    "env diff": ("toy absent", 2),
    "env pack": ("toy", 2),
    "env unpack": ("data/annotation.csv", 4),
    "env prune": ("", 2),
    "env remove": ("absent", 2),
}
"""Command -> what it cannot do, and the exit code that says so."""
SLOW_TO_END = "view"
"""It goes on until a signal comes."""


def commands(group: click.Group = cli, before: str = "") -> Iterator[tuple[str, click.Command]]:
    """Every command that does something, by the words that call it."""
    for name, command in group.commands.items():
        words = f"{before} {name}".strip()
        if isinstance(command, click.Group):
            yield from commands(command, words)
        else:
            yield words, command


@dataclass(frozen=True, slots=True)
class Told:
    """What a command told."""

    code: int
    out: str
    err: str

    @property
    def object(self) -> dict[str, Any]:
        """The one that stdout holds: json.loads refuses to read a second one."""
        content = json.loads(self.out)
        assert isinstance(content, dict)
        return content


def told_by(space: Workspace, calls: list[list[str]]) -> list[Told]:
    (space.path / "commands.json").write_text(json.dumps(calls))
    subprocess.run(
        [sys.executable, "-c", DRIVER], cwd=space.path, env=space.environment(), check=True
    )
    told = []
    for number in range(len(calls)):
        code, out, err = ((space.path / f"{number}.{name}") for name in ("code", "out", "err"))
        told.append(Told(int(code.read_text()), out.read_text(), err.read_text()))
    for file in space.path.glob("[0-9]*.*"):
        file.unlink()
    return told


@pytest.fixture(scope="module")
def space(tmp_path_factory: pytest.TempPathFactory, shared_envs: Path) -> Workspace:
    space = Workspace.create(tmp_path_factory.mktemp("json"), shared_envs)
    answers = ["id,answer", *(f"{number},{number}" for number in range(6))]
    (space.path / "answers.csv").write_text("\n".join(answers))
    return space


@pytest.fixture(scope="module")
def works(space: Workspace) -> dict[str, Told]:
    """What each command tells that has all it needs."""
    names = [name for name in WORKS if name != SLOW_TO_END]
    calls = [[*name.split(), *WORKS[name].split(), "--json"] for name in names]
    return dict(zip(names, told_by(space, calls), strict=True))


@pytest.fixture(scope="module")
def fails(space: Workspace, works: dict[str, Told]) -> dict[str, Told]:
    """What each command tells that cannot do what it is asked for."""
    calls = [[*name.split(), *words.split(), "--json"] for name, (words, _) in FAILS.items()]
    calls += [[*name.split(), "--no-such-option", "--json"] for name, _ in commands()]
    names = [*FAILS, *(f"{name} --no-such-option" for name, _ in commands())]
    return dict(zip(names, told_by(space, calls), strict=True))


def test_every_command_is_tried_here():
    assert sorted(name for name, _ in commands()) == sorted(WORKS)


def test_every_command_has_the_option():
    without = [
        name
        for name, command in commands()
        if not any("--json" in param.opts for param in command.params)
    ]

    assert [] == without


@pytest.mark.parametrize("name", [name for name in WORKS if name != SLOW_TO_END])
def test_a_command_prints_one_object(works: dict[str, Told], name: str):
    told = works[name]

    assert told.out, told.err
    assert 1 == told.object["schema_version"]
    assert "error" != told.object["kind"], told.err
    assert told.object.get("exit_code", told.code) == told.code


def test_the_guide_names_every_kind(works: dict[str, Told]):
    named = set(re.findall(r"`(\w+)`", GUIDE.read_text("utf-8").partition("## For programs")[2]))

    assert set() == {told.object["kind"] for told in works.values()} - named


def test_view_prints_one_object_until_it_is_stopped(space: Workspace, works: dict[str, Told]):
    process = space.start("view", *WORKS["view"].split(), "--json")
    assert process.stdout
    first = json.loads(process.stdout.readline())

    process.send_signal(signal.SIGINT)

    assert ("", 130) == (process.communicate()[0], process.returncode)
    assert "view" == first["kind"]


@pytest.mark.parametrize("name", FAILS)
def test_an_error_is_an_object_too(fails: dict[str, Told], name: str):
    told = fails[name]

    assert FAILS[name][1] == told.code, told.err
    assert ("error", told.code) == (told.object["kind"], told.object["exit_code"])
    first_line = told.object["error"]["text"].splitlines()[0]
    assert first_line
    assert first_line in told.err


@pytest.mark.parametrize("name", [name for name, _ in commands()])
def test_so_is_an_error_in_the_words_of_the_command(fails: dict[str, Told], name: str):
    told = fails[f"{name} --no-such-option"]

    assert ("error", 2, 2) == (told.object["kind"], told.object["exit_code"], told.code)
    assert "--no-such-option" in told.object["error"]["text"]


def test_an_error_has_its_parts(fails: dict[str, Told]):
    error = fails["plan"].object["error"]

    assert "ConfigError" == error["type"]
    assert "cannot use this configuration, 1 problem" == error["doing"]
    (issue,) = error["issues"]
    assert issue.startswith("--models: got 'absent', expected")


def test_one_of_several_that_fails_is_told_beside_the_others(works: dict[str, Told]):
    told = works["models pin"]

    assert (2, []) == (told.code, told.object["models"])
    (failed,) = told.object["failed"]
    assert ("model", "it has no repo of the hub") == (failed["name"], failed["error"]["got"])


def test_without_the_option_an_error_prints_nothing_on_stdout(space: Workspace):
    (told,) = told_by(space, [["validate", "absent"]])

    assert (2, "") == (told.code, told.out)


def test_a_variable_asks_for_an_object_as_the_option_does(space: Workspace):
    shutil.rmtree(space.path / "data", ignore_errors=True)

    end = space.vlmhb("validate", "run", VLMHB_VALIDATE_JSON="1")

    assert ("error", 2) == (end.json["kind"], end.code)
