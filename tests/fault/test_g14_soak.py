"""G14: a long run takes no more of its host at the end than at the beginning."""

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from tests.fault.kit import Goals, Size
from tests.workspace import HEADER, PATIENCE_S, Workspace
from vlmhb.store import read_journal, recover
from vlmhb.system.clock import monotonic_s

PAGES = 40
GROWTH_BYTES = 20 << 20
RELOAD_S = 3.0
LOOK_S = 0.1
RUN = """
from vlmhb.pipeline import report_tools
report_tools.WORTH_SCORING_S = 0.0
from vlmhb.__main__ import main
main()
"""
"""The process that scores is there from the beginning, as it is for most of any long run."""


@dataclass(frozen=True, slots=True)
class Look:
    """What the host took at a moment."""

    answers_bytes: int
    """Length of the journal."""
    rss_bytes: int
    fds: int
    threads: int


def write_rows(space: Workspace, samples: int) -> None:
    """Many questions about few pages: those are not what is tried."""
    rows = [
        f"{n};;images/page{n % PAGES}.png;Which number is {n}?;{n};form;field{n % 3};"
        for n in range(samples)
    ]
    file = space.path / "data/annotation.csv"
    file.write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")


def look_at(host: "subprocess.Popen[str]", journal: Path) -> Look | None:
    try:
        process = psutil.Process(host.pid)
        with process.oneshot():
            return Look(
                journal.stat().st_size if journal.exists() else 0,
                process.memory_info().rss,
                process.num_fds(),
                process.num_threads(),
            )
    except psutil.NoSuchProcess:
        return None


def watch(host: "subprocess.Popen[str]", journal: Path) -> list[Look]:
    looks = []
    while host.poll() is None:
        if look := look_at(host, journal):
            looks.append(look)
        time.sleep(LOOK_S)
    return looks


@pytest.mark.uv
def test_a_long_run_takes_no_more_at_its_end_than_at_its_beginning(
    tmp_path: Path, shared_envs: Path, size: Size, goals: Goals
):
    samples = size(ci=10_000, release=100_000)
    space = Workspace.create(tmp_path / "user", shared_envs, samples=PAGES)
    write_rows(space, samples)
    space.write_model("model", {"batch_size": 64})
    journal = space.path / "out/answers.jsonl"

    host = subprocess.Popen(
        [sys.executable, "-c", RUN, "run", "run", "--out", "out", "--ui", "none"],
        cwd=space.path,
        env=space.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    looks = watch(host, journal)

    _, err = host.communicate(timeout=PATIENCE_S)
    assert 0 == host.returncode, err
    began_s = monotonic_s()
    recovered = recover(journal)
    reload_s = monotonic_s() - began_s
    assert samples == len(recovered.ids) == len(read_journal(journal).outcomes)
    early, late = parts(looks, journal.stat().st_size)
    growth = max(look.rss_bytes for look in late) - max(look.rss_bytes for look in early)
    note = f"soak: RSS {growth / 2**20:+.1f} MiB, {len(early) + len(late)} looks; time of reloading"
    goals.add("G14", tried=samples, lost=samples - len(recovered.ids), worst_s=reload_s, note=note)
    assert growth <= GROWTH_BYTES
    assert max(look.fds for look in late) <= max(look.fds for look in early)
    assert max(look.threads for look in late) <= max(look.threads for look in early)
    # A busy machine shares its cores: what counts is this process's own time.
    assert min(reload_s, cpu_s_of_reloading(journal)) <= RELOAD_S


def parts(looks: list[Look], whole_bytes: int) -> tuple[list[Look], list[Look]]:
    """While the first quarter of the answers came, and while the second half did.

    After the last answer the host scores all of them, which takes more.
    """
    early = [look for look in looks if 0 < look.answers_bytes <= whole_bytes / 4]
    late = [look for look in looks if whole_bytes / 2 < look.answers_bytes < whole_bytes]
    assert early
    assert late
    return early, late


def cpu_s_of_reloading(journal: Path) -> float:
    before = os.times()
    recover(journal)
    after = os.times()
    return after.user + after.system - before.user - before.system
