"""A run without workers: the parts of vlmhb that write a run folder, fed with toy answers."""

import hashlib
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from tests.build import loaded, model, sample
from vlmhb.domain.answer import Answer, Outcome
from vlmhb.domain.run import LoadedTask
from vlmhb.plan import build_plan
from vlmhb.report import read_results, write_tables
from vlmhb.schedule import Answered, SegmentRecorder
from vlmhb.schedule.progress import GaveUp
from vlmhb.store import JournalWriter, OpenRun, Patience, RunDir, RunManifest, read_journal
from vlmhb.system.clock import monotonic_s

SOON = Patience(retry_s=0.005, longest_s=60.0)
MODEL = model()
MANIFEST = RunManifest(
    name="run",
    vlmhb="1",
    models=(MODEL,),
    datasets={"fields": "d" * 64},
    fingerprint={"prompt": "p"},
    source="run.yaml",
    seed=0,
)


def text_of(request_id: str) -> str:
    """What a toy answers: whoever checks an answer needs nothing but its id."""
    return hashlib.sha256(request_id.encode()).hexdigest()


def tasks_of(samples: int) -> tuple[LoadedTask, ...]:
    # Five digits each, so that no page has the name of another with zeros behind it.
    return (loaded(tuple(sample(10_000 + number) for number in range(samples))),)


def ids_of(tasks: tuple[LoadedTask, ...]) -> tuple[str, ...]:
    return tuple(request.id for request in build_plan((MODEL,), tasks).requests[MODEL.name])


def write_run(
    folder: Path,
    tasks: tuple[LoadedTask, ...],
    patience: Patience = SOON,
    *,
    most: int = 1 << 30,
    batch: int = 3,
) -> None:
    """Start the run, or go on with it: to its end, or to as many answers more; then its tables.

    Answers are written in batches of about so many.
    """
    with OpenRun(folder, MANIFEST, tasks) as opened:
        left = [name for name in ids_of(tasks) if name not in opened.answered][:most]
        if left:
            _answer(opened, left, patience, batch)
        write_tables(read_results(opened.run_dir), opened.run_dir.derived)


def _answer(opened: OpenRun, left: list[str], patience: Patience, batch: int) -> None:
    with (
        SegmentRecorder(opened, asked={MODEL.name: ()}) as recorder,
        JournalWriter(opened.run_dir.journal, patience) as journal,
    ):
        size_bytes = opened.run_dir.journal.stat().st_size
        for place, name in enumerate(left, start=1):
            outcome = Answer(name, text_of(name))
            journal.append(replace(outcome, segment=recorder.number))
            recorder.see(Answered(MODEL.name, outcome))
            if place % batch == 0:
                size_bytes = _wait_until_it_grows(opened.run_dir.journal, size_bytes)
            if place == batch:
                recorder.see(GaveUp("another", "it could not be loaded"))


def _wait_until_it_grows(journal: Path, size_bytes: int) -> int:
    """What is appended now is written after what was appended before is synced."""
    until = monotonic_s() + 0.2  # a disk that refuses lets nothing grow
    while journal.stat().st_size == size_bytes and monotonic_s() < until:
        time.sleep(0.0005)
    return journal.stat().st_size


@contextmanager
def quick_folder() -> Iterator[Path]:
    """An empty folder, in memory where there is some: then thousands of syncs take no time."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as name:
        yield Path(name)


def outcomes_in(folder: Path) -> Mapping[str, Outcome]:
    return read_journal(RunDir(folder).journal).outcomes


def is_true(outcome: Outcome) -> bool:
    """The answer is the one that the toy gave."""
    return isinstance(outcome, Answer) and outcome.text == text_of(outcome.request_id)


def tables_in(folder: Path) -> dict[str, bytes]:
    derived = RunDir(folder).derived
    return {file.name: file.read_bytes() for file in sorted(derived.glob("*")) if file.is_file()}
