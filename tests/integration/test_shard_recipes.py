"""The recipes of shards.md, with stand-ins for the schedulers."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.guides import block as block_of
from tests.guides import commands, not_in
from tests.schedulers import install_schedulers
from tests.workspace import Workspace

pytestmark = pytest.mark.uv

PAGE = "shards.md"
SAMPLES = 12
FEWER = {"/8": "/3", "=1-8": "=1-3", "completions: 8": "completions: 3"}
"""Eight machines do what three do."""


@pytest.fixture
def space(tmp_path: Path, shared_envs: Path) -> Workspace:
    space = Workspace.create(tmp_path / "user", shared_envs, samples=SAMPLES)
    space.write_model("tesseract-psm4", {"answers": {"page1": "1"}})
    run_file = {"models": ["tesseract-psm4"], "tasks": ["numbers"]}
    space.write_yaml("configs/runs/quickstart.yaml", run_file)
    (space.path / "install.sh").write_text("echo installed >> installed.txt\n")
    return space


def typed(space: Workspace, first: str, replaced: Mapping[str, str] | None = None) -> str:
    """What comes of the block that begins so, typed into a shell."""
    (text,) = [each for each in commands(PAGE) if each.startswith(first)]
    places = {"/mnt/runs": str(space.path / "volume"), "/workspace": str(space.path / "volume")}
    for here, there in {**places, **(replaced or {})}.items():
        text = text.replace(here, there)
    schedulers = space.path.parent / "schedulers"
    if not schedulers.exists():
        install_schedulers(schedulers)
    environment = space.environment()
    folders = (str(schedulers), str(Path(sys.executable).parent), environment["PATH"])
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", text],
        cwd=space.path,
        env={**environment, "PATH": os.pathsep.join(folders)},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert 0 == done.returncode, done.stderr
    return done.stdout


def is_whole(run: Path) -> bool:
    """Whether it has all samples, and parts that are shards of three."""
    results = json.loads((run / "derived/results.json").read_text("utf-8"))
    shards = {part["shard"] for part in results["provenance"]["parts"].values()}
    counts = results["counts"]
    return (
        bool(results["complete"])
        and {"1/3", "2/3", "3/3"} == shards
        and (SAMPLES, SAMPLES) == (counts["samples"], counts["answered"])
    )


def ended(space: Workspace) -> list[str]:
    return (space.path / "ended.txt").read_text().split()


def merged(space: Workspace) -> Path:
    shards = [f"volume/shard-{number}" for number in (1, 2, 3)]
    end = space.vlmhb("merge", *shards, "--out", "all")
    assert 0 == end.code, end.err
    return space.path / "all"


def test_every_block_of_the_page_is_typed_by_a_test_of_this_file():
    """Those of the tests below."""
    beginnings = (
        "vlmhb plan",
        "cat > shard.sbatch",
        "cat > job.yaml",
        "cat > shard.yaml",
        "cat > shard.dstack.yml",
        "export VLMHB_RUNS",
        "vlmhb merge /workspace",
    )

    assert list(beginnings) == [
        next(first for first in beginnings if text.startswith(first))
        for text in commands("shards.md")
    ]


def test_three_runs_are_one(space: Workspace):
    out = typed(space, "vlmhb plan")

    assert "\nshard: 2/3\n" in out
    assert is_whole(space.path / "runs/all")


def test_what_a_merge_of_one_shard_says(space: Workspace):
    for number in (1,):
        words = ("run", "quickstart", "--shard", f"{number}/3", "--out", f"shard-{number}")
        assert 0 == space.vlmhb(*words).code

    end = space.vlmhb("merge", "shard-1", "--out", "all")

    assert 3 == end.code
    shown = block_of(PAGE, "shard-1: shard").replace("quickstart-fields", "numbers")
    assert [] == not_in(end.out, shown)


def test_slurm(space: Workspace):
    typed(space, "cat > shard.sbatch", FEWER)

    assert ["0"] * 4 == ended(space)
    assert is_whole(space.path / "runs/all")


def test_slurm_asks_for_what_is_missing(space: Workspace):
    """By the numbers that a merge names."""
    again = {**FEWER, "job=$(sbatch --parsable": "job=$(sbatch --parsable --array=3,1"}

    typed(space, "cat > shard.sbatch", again)

    assert ["0", "0", "3"] == ended(space)
    results = json.loads((space.path / "runs/all/derived/results.json").read_text("utf-8"))
    assert not results["complete"]
    assert {"shard-1", "shard-3"} == set(results["provenance"]["parts"])


def test_kubernetes(space: Workspace):
    typed(space, "cat > job.yaml", FEWER)

    assert ["0"] * 3 == ended(space)
    assert is_whole(space.path / "volume/all")


@pytest.mark.parametrize("first", ["cat > shard.yaml", "cat > shard.dstack.yml"])
def test_skypilot_and_dstack(space: Workspace, first: str):
    typed(space, first)

    assert {"0"} == set(ended(space))
    assert 3 == len((space.path / "installed.txt").read_text().split())
    assert is_whole(merged(space))


def test_three_pods_on_one_volume(space: Workspace):
    for number in (2, 1, 3, 2):
        typed(space, "export VLMHB_RUNS", {"1/3": f"{number}/3"})

    typed(space, "vlmhb merge /workspace")

    assert is_whole(space.path / "volume/runs/all")
    assert 4 == len(list((space.path / "volume/runs").iterdir()))
