"""G11: a disk that refuses any change ends a run with its reason, and costs no answer."""

import errno
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.fault.faulty import RefuseFrom
from tests.fault.kit import Goals, Size
from tests.fault.small_run import is_true, outcomes_in, quick_folder, tables_in, tasks_of, write_run
from tests.workspace import PATIENCE_S, Workspace
from vlmhb.errors import StorageError
from vlmhb.store import Patience, RunDir, read_manifest
from vlmhb.system.durable import Change, Kind, watched_by

ONCE, FOR_GOOD = 1, 1 << 30
BRIEF = Patience(retry_s=0.005, longest_s=0.01)
SOON = Patience(retry_s=0.005, longest_s=60.0)


@pytest.fixture
def root() -> Iterator[Path]:
    with quick_folder() as folder:
        yield folder


@dataclass(frozen=True, slots=True)
class Refused:
    """How a run ended on a disk that refused a change."""

    change: Change | None
    """None when the run makes no such change."""
    error: StorageError | None


def run_on(disk: RefuseFrom, folder: Path, samples: int, patience: Patience) -> Refused:
    try:
        with watched_by(disk):
            write_run(folder, tasks_of(samples), patience)
    except StorageError as error:
        return Refused(disk.refused, error)
    return Refused(disk.refused, None)


def may_go_unnoticed(change: Change, number: int, times: int) -> bool:
    """A full disk is waited for where answers are written, and hard links are not needed."""
    waited = number == errno.ENOSPC and times == ONCE and change.path.name == "answers.jsonl"
    return waited or (change.kind is Kind.LINK and times == ONCE)


@pytest.mark.parametrize(
    ("number", "times", "remedy"),
    [
        (errno.ENOSPC, ONCE, "free"),
        (errno.ENOSPC, FOR_GOOD, "free"),
        (errno.EIO, ONCE, "dmesg"),
        (errno.EROFS, FOR_GOOD, "writable"),
    ],
)
def test_a_disk_that_refuses_any_change_costs_no_answer(
    root: Path, size: Size, goals: Goals, number: int, times: int, remedy: str
):
    samples = size(ci=24, release=200)
    write_run(root / "calm", tasks_of(samples))
    calm = tables_in(root / "calm")
    nth = lost = 0
    while True:
        nth += 1
        folder = root / f"refused-{nth}"
        disk = RefuseFrom(folder, nth, number, times)
        end = run_on(disk, folder, samples, SOON if times == ONCE else BRIEF)
        if end.change is None:
            break
        if end.error is None:
            assert may_go_unnoticed(end.change, number, times), end.change
        else:
            assert 4 == end.error.exit_code
            assert os.strerror(number) in end.error.got, end.change
            assert remedy in str(end.error.next_step), end.change
        before = outcomes_in(folder)

        write_run(folder, tasks_of(samples))

        after = outcomes_in(folder)
        lost += sum(after.get(name) != outcome for name, outcome in before.items())
        assert samples == len(after)
        assert all(map(is_true, after.values()))
        assert calm == tables_in(folder), end.change
    what = f"{errno.errorcode[number]} {'once' if times == ONCE else 'for good'}"
    goals.add("G11", tried=nth - 1, lost=lost, note=what)
    assert 0 == lost
    assert samples <= nth


def test_tables_that_cannot_be_written_cost_no_answer(root: Path):
    """D4: the export alone fails, and is made again from what is there."""

    def refuse(change: Change) -> None:
        if "derived" in str(change.path):
            raise OSError(errno.ENOSPC, "No space left on device")

    with watched_by(refuse), pytest.raises(StorageError, match="derived"):
        write_run(root / "one", tasks_of(6))

    lines = RunDir(root / "one").journal.read_bytes()
    write_run(root / "one", tasks_of(6))
    assert 6 == len(outcomes_in(root / "one"))
    assert lines == RunDir(root / "one").journal.read_bytes()


@pytest.mark.uv
@pytest.mark.skipif(
    subprocess.run(["unshare", "-rm", "true"], capture_output=True, check=False).returncode != 0,
    reason="this machine allows no user namespaces, so no small disk can be mounted",
)
def test_the_command_waits_for_room_and_its_worker_stays(tmp_path: Path, shared_envs: Path):
    """The disk grows as soon as the run says that it is full."""
    space = Workspace.create(tmp_path / "user", shared_envs)
    space.write_model("model", {"answers": {"page": "x" * 150_000}})
    (space.path / "small").mkdir()
    script = (
        "mount -t tmpfs -o size=640k none small; "
        f"{sys.executable} -m vlmhb run run --out small/out --ui plain --full-disk-wait 40 2> err "
        "& while ! grep -q 'the disk is full' err; do sleep 0.1; kill -0 $! || break; done; "
        "mount -o remount,size=64m small; wait $!; code=$?; cp -r small/out kept; exit $code"
    )

    ended = subprocess.run(
        ["unshare", "-rm", "sh", "-c", script],
        cwd=space.path,
        env=space.environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_S,
    )

    said = (space.path / "err").read_text()
    assert 0 == ended.returncode, said
    assert "free at least 1 MB" in said
    assert "there is room on the disk again" in said
    assert 6 == len(outcomes_in(space.path / "kept"))
    (segment,) = read_manifest(RunDir(space.path / "kept").manifest).segments
    assert 1 == len(segment.workers)
