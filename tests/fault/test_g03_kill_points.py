"""G3: a run that is killed in front of any change of its folder goes on as if nothing had been."""

import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fault.kit import Goals, Size
from tests.fault.small_run import (
    is_true,
    outcomes_in,
    quick_folder,
    tables_in,
    tasks_of,
    write_run,
)
from tests.workspace import PATIENCE_S, Workspace
from vlmhb.store import RunDir

KILLED = (sys.executable, "-m", "tests.fault.killed")
REPOSITORY = Path(__file__).parents[2]


@pytest.fixture
def root() -> Iterator[Path]:
    with quick_folder() as folder:
        yield folder


def in_children(root: Path, kind: str, samples: int, lines: str = "") -> None:
    subprocess.run(
        [*KILLED, kind, str(root), str(samples)],
        cwd=REPOSITORY,
        input=lines,
        text=True,
        check=True,
        timeout=PATIENCE_S,
    )


def kill_points(root: Path) -> list[int]:
    found = (int(folder.name.removeprefix("killed-")) for folder in root.glob("killed-*"))
    return sorted(found)


def test_a_run_killed_in_front_of_any_change_goes_on_as_if_nothing_had_been(
    root: Path, size: Size, chance: random.Random, goals: Goals
):
    """Most are killed twice: the second time while they take up what the first left."""
    samples = size(ci=24, release=200)
    tasks = tasks_of(samples)
    write_run(root / "calm", tasks)
    calm = tables_in(root / "calm")
    in_children(root, "points", samples)
    points = kill_points(root)
    before = {nth: answers_of(root, nth) for nth in points}

    in_children(
        root, "again", samples, "".join(f"{nth} {chance.randint(1, 60)}\n" for nth in points)
    )

    lost = duplicated = 0
    for nth in points:
        folder = root / f"killed-{nth}"
        write_run(folder, tasks)
        after = outcomes_in(folder)
        lost += sum(after.get(name) != outcome for name, outcome in before[nth].items())
        lost += samples - len(after)
        duplicated += RunDir(folder).journal.read_bytes().count(b"\n") - 1 - len(after)
        assert all(map(is_true, after.values())), nth
        assert calm == tables_in(folder), nth
    goals.add("G3", tried=2 * len(points), lost=lost, duplicated=duplicated, note="kill points")
    assert (0, 0) == (lost, duplicated)
    assert samples <= len(points)


def answers_of(root: Path, nth: int) -> dict[str, object]:
    return dict(outcomes_in(root / f"killed-{nth}"))


@pytest.mark.uv
def test_the_command_killed_in_front_of_a_change_goes_on_as_if_nothing_had_been(
    tmp_path: Path, shared_envs: Path, size: Size, chance: random.Random, goals: Goals
):
    space = Workspace.create(tmp_path / "user", shared_envs, samples=24)
    assert 0 == space.vlmhb("run", "run", "--out", "calm").code
    points = size(ci=4, release=150)
    for number in range(points):
        # Early ones are the most interesting; the rest falls into the answers and the report.
        nth = 12 * (number + 1) + chance.randint(0, 10) if points == 4 else 2 * number + 1
        out = f"out-{number}"
        ended = subprocess.run(
            [*KILLED, "command", str(nth), out, "run", "run", "--out", out, "--ui", "none"],
            cwd=space.path,
            env=space.environment(PYTHONPATH=str(REPOSITORY)),
            capture_output=True,
            check=False,
            timeout=PATIENCE_S,
        )
        assert ended.returncode in {-signal.SIGKILL, 0}, ended.stderr

        again = space.vlmhb("run", "run", "--out", out)

        assert 0 == again.code, again.err
        assert figures_in(space.path / "calm") == figures_in(space.path / out), nth
        assert 24 == len(outcomes_in(space.path / out))
    goals.add("G3", tried=points, note="kill points of the command")


def figures_in(run: Path) -> dict[str, bytes]:
    """Other documents tell what the run took of the machine, too."""
    return {name: (run / "derived" / name).read_bytes() for name in ("scores.csv", "metrics.csv")}
