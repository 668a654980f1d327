"""Taking the lock of a run folder, also where the kernel's lock is worth nothing."""

import errno
import json
import os
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from vlmhb.errors import RunLockedError, StorageError
from vlmhb.store.lockfile import LockRules, RunLock, locks_are_true
from vlmhb.system.durable import Change, watched_by
from vlmhb.system.file_lock import Taken
from vlmhb.system.owner import this_process

HOLDER = """
import sys
from pathlib import Path
from vlmhb.store import RunLock
with RunLock(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""
LYING = LockRules(
    beat_s=0.05,
    silent_s=0.5,
    settle_s=0.05,
    take=lambda _fd: Taken.YES,
    are_true=lambda _folder: False,
)
"""As on a volume whose locks both of two machines get."""
LONGEST_LOOKS = 6_000
"""A hundredth of a second each; only a broken test takes so many."""
ABSENT = LockRules(0.05, 0.5, 0.05, lambda _fd: Taken.NO_LOCKS, lambda _folder: True)


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    return tmp_path / "LOCK"


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def hold(lock: Path) -> "subprocess.Popen[str]":
    """A process that has the lock until its stdin is closed, or it is killed."""
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(lock)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout is not None
    assert "held\n" == holder.stdout.readline()
    return holder


def end(holder: "subprocess.Popen[str]") -> None:
    holder.kill()
    holder.communicate(timeout=60)


def sign(lock: Path, **changes: Any) -> None:
    """Leave the name of a holder that is not there any more."""
    told = {"host": "pod-7", "pid": 12, "started_at": "2026-01-01T00:00:00Z", "nonce": "n"}
    told["process"] = this_process().told() | {"boot_id": "another machine's"}
    lock.write_text(json.dumps(told | changes))


def test_a_lock_that_cannot_be_signed_is_an_error_and_is_let_go(lock: Path):
    lock.symlink_to("/dev/full")
    before = open_files()

    with pytest.raises(StorageError, match="cannot lock"):
        RunLock(lock).__enter__()

    assert before == open_files()


@pytest.mark.parametrize("rules", [LockRules(), LYING, ABSENT])
def test_who_comes_second_is_told_who_was_first(lock: Path, rules: LockRules):
    holder = hold(lock)
    try:
        since = json.loads(lock.read_text())["started_at"]
        with pytest.raises(RunLockedError, match=rf"pid {holder.pid} on \S+, since {since}"):
            RunLock(lock, rules).__enter__()
    finally:
        end(holder)


@pytest.mark.parametrize("rules", [LockRules(), LYING, ABSENT])
def test_the_lock_of_a_process_that_was_killed_is_free(lock: Path, rules: LockRules):
    end(hold(lock))

    with RunLock(lock, rules):
        assert os.getpid() == json.loads(lock.read_text())["pid"]


@pytest.mark.parametrize("rules", [LockRules(), LYING, ABSENT])
def test_who_lets_go_leaves_no_name(lock: Path, rules: LockRules):
    with RunLock(lock, rules):
        pass

    assert b"" == lock.read_bytes()


def test_a_child_that_outlives_its_parent_does_not_keep_the_lock(lock: Path):
    """An exec'd child has no lock; a forked one would, so the host forks none."""
    with RunLock(lock):
        child = subprocess.Popen(
            [sys.executable, "-c", "input()"], stdin=subprocess.PIPE, close_fds=False
        )
    try:
        with RunLock(lock):
            pass
    finally:
        child.communicate(timeout=60)


def test_a_child_that_is_only_starting_does_not_keep_the_lock(lock: Path):
    """It has the open file from its fork until its exec."""
    with RunLock(lock) as held:
        of_child = os.dup(held._fd)
    try:
        with RunLock(lock):
            pass
    finally:
        os.close(of_child)


def test_a_holder_elsewhere_that_gives_signs_of_life_keeps_the_lock(lock: Path):
    """It writes from another machine: nobody can look at its process."""
    sign(lock)
    over = threading.Event()

    def live() -> None:
        beats = 0
        while not over.wait(0.02):
            beats += 1
            sign(lock, beats=beats)

    alive = threading.Thread(target=live)
    alive.start()
    try:
        with pytest.raises(RunLockedError, match="pid 12 on pod-7, since 2026-01-01T00:00:00Z"):
            RunLock(lock, LYING).__enter__()
    finally:
        over.set()
        alive.join()


@pytest.mark.parametrize("told", [{}, {"process": None}, {"process": {"pid": "twelve"}}])
def test_a_holder_elsewhere_that_stays_silent_is_followed(lock: Path, told: dict[str, Any]):
    sign(lock, **told)

    with RunLock(lock, LYING):
        assert os.getpid() == json.loads(lock.read_text())["pid"]


def test_on_a_disk_of_this_machine_nobody_waits_for_a_sign_of_life(lock: Path):
    sign(lock)

    with RunLock(lock, LockRules(silent_s=3600.0, are_true=lambda _folder: True)):
        assert os.getpid() == json.loads(lock.read_text())["pid"]


def test_a_holder_gives_signs_of_life(lock: Path):
    with RunLock(lock, LYING):
        last = first = json.loads(lock.read_text())["beats"]
        for _ in range(LONGEST_LOOKS):
            last = json.loads(lock.read_text())["beats"]
            if last >= first + 3:
                break
            time.sleep(0.01)

    assert last >= first + 3


def test_who_was_silent_too_long_learns_that_another_took_the_lock(lock: Path):
    with RunLock(lock, LYING) as first:
        first.check()
        sign(lock)
        with pytest.raises(RunLockedError, match="pid 12 on pod-7"):
            check_until_it_fails(first)

    assert "pod-7" in lock.read_text()


def check_until_it_fails(lock: RunLock) -> None:
    for _ in range(LONGEST_LOOKS):
        lock.check()
        time.sleep(0.01)


def test_of_two_who_come_at_once_one_goes(lock: Path):
    """Neither sees the other before it has signed."""

    def come_between(fd: int) -> Taken:
        del fd
        threading.Timer(0.1, sign, (lock,)).start()
        return Taken.YES

    rules = LockRules(60.0, 0.5, 1.0, come_between, lambda _folder: False)

    with pytest.raises(RunLockedError, match="pod-7"):
        RunLock(lock, rules).__enter__()


def test_locks_on_a_disk_of_this_machine_are_true(tmp_path: Path):
    assert locks_are_true(tmp_path)
    assert not locks_are_true(tmp_path / "not there")


def test_a_sign_of_life_leaves_this_machine_at_once(lock: Path):
    """What stays in its memory for half a minute, as on NFS, is none to the other machines."""
    left: list[int] = []

    def leave(_fd: int) -> None:
        left.append(json.loads(lock.read_text())["beats"])

    with RunLock(lock, replace(LYING, sync=leave)):
        for _ in range(LONGEST_LOOKS):
            if len(left) >= 3:
                break
            time.sleep(0.01)

    assert [0, 1, 2] == left[:3]


def test_half_a_sign_of_life_is_one(lock: Path):
    """A network volume may show a sign while it is written."""
    lock.write_text('{"host": "po')
    over = threading.Event()

    def live() -> None:
        beats = 0
        while not over.wait(0.2):  # longer than two who come at once wait for each other
            beats += 1
            lock.write_text('{"host": "po' + "d" * (beats % 7))

    alive = threading.Thread(target=live)
    alive.start()
    try:
        with pytest.raises(RunLockedError, match="it left no name"):
            RunLock(lock, LYING).__enter__()
    finally:
        over.set()
        alive.join()


AWAKE = LockRules(beat_s=3600.0, silent_s=0.0, are_true=lambda _folder: True)
"""One who has just come back: it was silent too long, and its next sign of life is far away."""


def test_who_was_silent_too_long_looks_before_it_does_anything_else(lock: Path):
    with RunLock(lock, AWAKE) as first:
        first.check()
        sign(lock)
        with pytest.raises(RunLockedError, match="pid 12 on pod-7"):
            first.check()


def test_who_lets_go_leaves_the_name_of_one_who_took_over(lock: Path):
    with RunLock(lock, AWAKE):
        sign(lock)

    assert "pod-7" in lock.read_text()


SLEEPY = LockRules(3600.0, 3600.0, 0.05, are_true=lambda _folder: False)
"""By itself it looks no sooner than in an hour."""


def test_who_asks_for_a_look_learns_at_once_that_another_took_the_lock(lock: Path):
    with RunLock(lock, SLEEPY) as first:
        first.confirm()
        sign(lock)
        with pytest.raises(RunLockedError, match="pid 12 on pod-7"):
            first.confirm()


def test_who_took_it_over_and_is_done_was_there_all_the_same(lock: Path):
    """Else this one would go on, and ask and write once more what the other did."""
    with RunLock(lock, SLEEPY) as first:
        lock.write_bytes(b"")
        with pytest.raises(RunLockedError, match=r"took it over(.|\n)*same command again"):
            first.confirm()


def test_where_locks_are_true_whoever_takes_another_file_of_that_name_is_seen(lock: Path):
    """Somebody deleted it, and somebody else came."""
    with RunLock(lock, replace(SLEEPY, are_true=lambda _folder: True)) as first:
        first.confirm()
        lock.unlink()
        sign(lock)
        with pytest.raises(RunLockedError, match="pid 12 on pod-7"):
            first.confirm()


@pytest.mark.parametrize("content", [b'{"host": "po', None])
def test_what_tells_of_nobody_else_is_no_reason_to_stop(lock: Path, content: bytes | None):
    """Half a sign is this process's own, and a file that was deleted was taken by nobody yet."""
    with RunLock(lock, SLEEPY) as first:
        lock.unlink()
        if content is not None:
            lock.write_bytes(content)

        first.confirm()


@pytest.mark.parametrize("name", ["answers.jsonl", "verdicts.jsonl"])
def test_what_a_silent_holder_still_writes_reaches_nobody(lock: Path, name: str):
    """It may be held up anywhere, also in a write that goes on when its network is back."""
    sign(lock)
    journal = lock.with_name(name)
    journal.write_bytes(b"before\n")
    with journal.open("ab", buffering=0) as late, RunLock(lock, LYING):
        late.write(b"late\n")

    assert b"before\n" == journal.read_bytes()


def test_so_does_what_one_before_that_writes(lock: Path):
    """Who followed it was killed before it had made a copy."""
    sign(lock)
    end(hold(lock))
    journal = lock.with_name("answers.jsonl")
    journal.write_bytes(b"before\n")
    with journal.open("ab", buffering=0) as late, RunLock(lock, LYING):
        late.write(b"late\n")

    assert b"before\n" == journal.read_bytes()


@pytest.mark.parametrize("rules", [LockRules(), LYING, ABSENT])
def test_who_follows_one_that_let_go_copies_nothing(lock: Path, rules: LockRules):
    with RunLock(lock, rules):
        pass
    journal = lock.with_name("answers.jsonl")
    journal.write_bytes(b"before\n")
    before = journal.stat().st_ino
    with RunLock(lock, rules):
        pass

    assert before == journal.stat().st_ino


def test_on_a_disk_of_this_machine_nothing_is_copied_ever(lock: Path):
    """Its kernel lets go of a lock when nothing of its holder is left."""
    journal = lock.with_name("answers.jsonl")
    journal.write_bytes(b"before\n")
    before = journal.stat().st_ino
    sign(lock)
    with RunLock(lock):
        pass

    assert before == journal.stat().st_ino


def test_a_journal_that_cannot_be_copied_keeps_nobody_out(lock: Path):
    sign(lock)
    lock.with_name("answers.jsonl").write_bytes(b"before\n")
    before = open_files()

    def refuse(change: Change) -> None:
        raise OSError(errno.ENOSPC, f"{change.kind}: refused")

    with watched_by(refuse), pytest.raises(StorageError, match=r"cannot copy .*answers\.jsonl"):
        RunLock(lock, LYING).__enter__()

    assert b"" == lock.read_bytes()
    assert before == open_files()


KEPT = LockRules(take=lambda _fd: Taken.BY_ANOTHER, are_true=lambda _folder: False)
"""As on NFS, whose server may keep the lock of a machine that died."""


def test_a_lock_that_a_dead_machine_may_have_left_is_told_to_be_one(lock: Path):
    """Nobody can tell that from here, so nobody takes it away either."""
    sign(lock)

    with pytest.raises(RunLockedError, match=r"pod-7(.|\n)*gone for good, delete .*LOCK"):
        RunLock(lock, KEPT).__enter__()


def test_the_lock_of_a_process_that_is_there_is_not_to_be_deleted(lock: Path):
    sign(lock, process=this_process().told())

    with pytest.raises(RunLockedError) as caught:
        RunLock(lock, KEPT).__enter__()

    assert "delete" not in str(caught.value)


def test_on_a_disk_of_this_machine_no_lock_is_left_by_another(lock: Path):
    sign(lock)

    with pytest.raises(RunLockedError) as caught:
        RunLock(lock, replace(KEPT, are_true=lambda _folder: True)).__enter__()

    assert "delete" not in str(caught.value)
