"""G2: whatever a power cut leaves of a run folder, the run goes on and nothing synced is lost."""

import json
import random
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from tests.fault.crash_states import Disk, State, without
from tests.fault.kit import Goals, Size
from tests.fault.small_run import (
    MANIFEST,
    ids_of,
    is_true,
    quick_folder,
    tables_in,
    tasks_of,
    write_run,
)
from vlmhb.domain.answer import Outcome
from vlmhb.errors import VlmhbError
from vlmhb.report import read_results, write_report
from vlmhb.store import OpenRun, RunDir, read_journal
from vlmhb.system.durable import Change, DurableFile, Kind, watched_by

SAMPLES = 15
TASKS = tasks_of(SAMPLES)
RUN = "runs/one"


@pytest.fixture
def root() -> Iterator[Path]:
    with quick_folder() as folder:
        yield folder


@pytest.fixture
def changes(root: Path) -> list[Change]:
    """Of three starts: one that is stopped, one that finds a torn end, and one that ends."""
    made: list[Change] = []
    with watched_by(made.append):
        write_run(root / RUN, TASKS, most=6, batch=2)
        with DurableFile.appending(root / RUN / "answers.jsonl") as file:
            file.write(b'12345678 {"request_id": "torn')
        write_run(root / RUN, TASKS, most=5, batch=5)
        write_run(root / RUN, TASKS, batch=2)
        write_report(read_results(RunDir(root / RUN)), root / RUN / "derived")
    return [change for change in made if ".vlmhb-probe-" not in str(change.path)]


def outcomes_in(journal: bytes, scratch: Path) -> Mapping[str, Outcome]:
    scratch.write_bytes(journal)
    return read_journal(scratch).outcomes


def is_torn(file: Path) -> bool:
    try:
        json.loads(file.read_bytes())
    except ValueError:
        return True
    return False


class Cuts:
    """The power is cut after each change, again and again, and the run goes on each time."""

    def __init__(self, root: Path, calm: dict[str, bytes], chance: random.Random) -> None:
        self.tried = 0
        self.lost = 0
        self.doubled = 0
        self.wrong: list[str] = []
        self._root = root
        self._calm = calm
        self._chance = chance

    def try_all(self, changes: Sequence[Change], most: int, *, stop_early: bool = False) -> None:
        """Build up to `most` states after each change, and look at what becomes of them."""
        disk = Disk(self._root)
        synced: Mapping[str, Outcome] = {}
        journal = self._root / RUN / "answers.jsonl"
        known: set[tuple[State, int]] = set()
        for change in changes:
            disk.make(change)
            if change.kind is Kind.SYNC and change.path == journal:
                synced = outcomes_in(disk.content(journal), self._root / "scratch")
            for state in disk.states(self._chance, most):
                if (state, len(synced)) not in known:
                    known.add((state, len(synced)))
                    self._try(state, synced)
                if stop_early and (self.lost or self.wrong):
                    return

    def _try(self, state: State, synced: Mapping[str, Outcome]) -> None:
        place = self._root / f"cut-{self.tried}"
        place.mkdir()
        state.write(place)
        self.tried += 1
        self.wrong += [f"{file.name} is torn" for file in place.rglob("*.json") if is_torn(file)]
        try:
            self._go_on(place / RUN, synced)
        except VlmhbError as error:
            self.wrong.append(str(error))
        shutil.rmtree(place)

    def _go_on(self, folder: Path, synced: Mapping[str, Outcome]) -> None:
        with OpenRun(folder, MANIFEST, TASKS) as opened:
            self.wrong += [note for note in opened.notes if "modified" in note]
            kept = read_journal(opened.run_dir.journal).outcomes
        self.lost += sum(kept.get(name) != outcome for name, outcome in synced.items())
        self.wrong += [f"{name} is wrong" for name, one in kept.items() if not is_true(one)]
        if self.tried % 5:  # making the tables takes most of the time
            return
        write_run(folder, TASKS)
        lines = RunDir(folder).journal.read_bytes().count(b"\n")
        self.doubled += lines - 1 - len(read_journal(RunDir(folder).journal).outcomes)
        self.wrong += (
            [] if self._calm.items() <= tables_in(folder).items() else ["the tables differ"]
        )


@pytest.fixture
def cuts(root: Path, changes: list[Change], chance: random.Random) -> Cuts:
    del changes  # only now nobody watches any more
    write_run(root / "calm", TASKS)
    return Cuts(root, tables_in(root / "calm"), chance)


def test_a_power_cut_loses_nothing_that_was_synced(
    cuts: Cuts, changes: list[Change], size: Size, goals: Goals
):
    seeds = size(ci=1, release=3)
    for _ in range(seeds):
        cuts.try_all(changes, size(ci=18, release=300))

    goals.add("G2", tried=cuts.tried, lost=cuts.lost, duplicated=cuts.doubled, note="power cuts")
    assert [] == cuts.wrong
    assert (0, 0) == (cuts.lost, cuts.doubled)
    assert size(ci=800, release=20_000) <= cuts.tried
    assert SAMPLES == len(ids_of(TASKS))


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (Kind.SYNC, "answers.jsonl"),
        (Kind.SYNC, ".run.json."),
        (Kind.SYNC, ".inputs.json."),
        (Kind.SYNC, ".manifest.json."),
        (Kind.SYNC_FOLDER, "one"),
        (Kind.SYNC_FOLDER, "runs"),
    ],
)
def test_a_sync_that_is_left_out_is_noticed(
    cuts: Cuts, changes: list[Change], kind: Kind, name: str
):
    """Else a line of code that syncs could be taken away and no test would fail."""
    cuts.try_all(without(changes, kind, name), 6, stop_early=True)

    assert cuts.lost or cuts.wrong
