"""Runs are told to end at random times, whatever their workers are doing, and go on again."""

import json
import random
import shlex
import signal
import subprocess
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from tests.fault.census import BREATH
from tests.fault.kit import Goals, Size
from tests.onlooker import Onlooker
from tests.stopping import LONGEST_STOP_S, Stopped, Ward, wait_until_it_listens
from tests.workspace import Workspace, derived_files
from vlmhb.store import read_journal

SAMPLES = 120
SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
KINDS = ("calm", "deaf", "calm", "stopped", "calm", "loads", "calm", "twice", "calm", "calm")
"""What goes on when the signal comes: answering; a worker that hangs and hears no signal; one that
somebody stopped, with its guard; one that hangs while it loads; and a second signal at once."""
STARTING_S = 2.0
"""When the signal of a calm start comes at the latest."""


@pytest.mark.uv
def test_stops_at_random_times_are_soon_over_and_lose_nothing(
    tmp_path: Path,
    shared_envs: Path,
    size: Size,
    goals: Goals,
    chance: random.Random,
    onlooker: Onlooker,
):
    space = Workspace.create(tmp_path / "user", shared_envs, samples=SAMPLES)
    run = Stops(Ward.of(space, onlooker))
    calm = run.finish("calm")
    stops: list[Stopped] = []
    lost = duplicated = 0
    wanted = size(ci=10, release=200)
    while len(stops) < wanted:
        before, stopped = run.stop(KINDS[len(stops) % len(KINDS)], chance)
        if stopped is None:  # it was done
            assert calm == run.finish(run.out)
            run.out = f"run-{len(stops)}"
            continue
        stops.append(stopped)
        kept = asked_for(run.journal)
        lost += len(before - set(kept))
        duplicated += len(kept) - len(set(kept))
    worst_s = max(stop.seconds for stop in stops)

    goals.add(
        "G10",
        tried=len(stops),
        lost=lost,
        duplicated=duplicated,
        worst_s=worst_s,
        note="SIGTERM, SIGINT, SIGHUP, also with a hung, a stopped and a loading worker",
    )
    assert calm == run.finish(run.out)
    assert (0, 0) == (lost, duplicated)
    assert worst_s <= LONGEST_STOP_S


class Stops:
    """A run that is started again and again with the command that its last stop told."""

    def __init__(self, ward: Ward) -> None:
        self.ward = ward
        self.out = "run-0"
        self.spared = ward.space.path / "spared"
        """While it is there, no worker hangs."""
        ward.space.write_model(
            "model",
            {
                "delay_s": 0.02,
                "batch_size": 4,
                "faults": {"page": "hang_deaf"},
                "load_fault": "hang_deaf",
                "once": str(self.spared),
            },
            answer_timeout_s=3600,
        )
        self.spared.touch()

    @property
    def journal(self) -> Path:
        return self.ward.space.path / self.out / "answers.jsonl"

    def stop(self, kind: str, chance: random.Random) -> tuple[set[str], Stopped | None]:
        """The requests that had an outcome at the signal, and how it ended; None: it had ended."""
        if kind == "loads":
            self.spared.unlink()
        host = self.ward.start("run", "run", "--out", self.out, "--ui", "none")
        if kind == "calm":
            wait_until_it_listens(host)
            with suppress(subprocess.TimeoutExpired):
                host.wait(chance.uniform(0.0, STARTING_S))
        else:
            self._wait_for(kind, host)
        if host.poll() is not None:
            host.communicate()
            self.spared.touch()
            return set(), None
        before = set(asked_for(self.journal))
        if kind == "twice":
            host.send_signal(signal.SIGTERM)
        number = signal.SIGTERM if kind == "twice" else chance.choice(SIGNALS)
        stopped = self.ward.stop(host, number)
        self.spared.touch()
        assert ["vlmhb", "run", "run", "--out", self.out] == shlex.split(stopped.resume)[:5]
        return before, stopped

    def _wait_for(self, kind: str, host: "subprocess.Popen[str]") -> None:
        """Until the worker is in trouble, or the run is over."""
        known = len(asked_for(self.journal))
        if kind != "loads":
            while len(asked_for(self.journal)) <= known and host.poll() is None:
                BREATH.wait(0.005)
        if kind in {"deaf", "twice"}:
            self.spared.unlink()
        if kind == "stopped":
            for process in self.ward.processes():
                if process.pid != host.pid:
                    with suppress(psutil.Error):
                        process.suspend()
            return
        while not self.spared.exists() and host.poll() is None:
            BREATH.wait(0.005)

    def finish(self, out: str) -> dict[str, bytes]:
        """Let it end in peace; the documents, without what it took of the machine."""
        self.spared.touch()
        end = self.ward.space.vlmhb("run", "run", "--out", out, "--ui", "none")
        assert end.code == 0, end.err
        folder = self.ward.space.path / out
        assert SAMPLES == len(read_journal(folder / "answers.jsonl").outcomes)
        (folder / "telemetry.jsonl").unlink()
        assert self.ward.space.vlmhb("report", str(folder)).code == 0
        return derived_files(folder)


def asked_for(journal: Path) -> list[str]:
    """The request of each whole line."""
    if not journal.exists():
        return []
    lines = journal.read_bytes().split(b"\n")[1:-1]
    return [json.loads(line.partition(b" ")[2])["request_id"] for line in lines]
