"""What a writer does about a disk that is full, and about one that fails."""

import errno
import threading
from collections import Counter
from pathlib import Path

import pytest

from tests.build import answer
from vlmhb.domain.answer import Outcome
from vlmhb.errors import RunLockedError, StorageError
from vlmhb.store.journal import read_journal
from vlmhb.store.journal_writer import JournalWriter, Patience
from vlmhb.system.durable import Change, Kind, watched_by

SOON = Patience(retry_s=0.01, longest_s=60.0)


class BadDisk:
    """Refuses changes of one kind with `number`, as often as it is told."""

    def __init__(self, kind: Kind, number: int, times: int) -> None:
        self._kind = kind
        self._number = number
        self._left = times
        self.seen: Counter[Kind] = Counter()
        self.refused = threading.Event()
        self._has_begun = False

    def begin(self) -> None:
        """Until then it is a good one."""
        self._has_begun = True

    def __call__(self, change: Change) -> None:
        if not self._has_begun:
            return
        self.seen[change.kind] += 1
        if change.kind is self._kind and self._left:
            self._left -= 1
            self.refused.set()
            raise OSError(self._number, "refused")


def append_on(disk: BadDisk, journal: Path, outcome: Outcome, patience: Patience = SOON) -> None:
    """Write one more outcome, on a disk that was good until then."""
    with watched_by(disk), JournalWriter(journal, patience) as writer:
        disk.begin()
        writer.append(outcome)


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    path = tmp_path / "answers.jsonl"
    with JournalWriter(path) as writer:
        writer.append(answer("a"))
    return path


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
@pytest.mark.parametrize("kind", [Kind.WRITE, Kind.SYNC])
def test_answers_wait_until_there_is_room(journal: Path, kind: Kind, number: int):
    news: list[str] = []
    disk = BadDisk(kind, number, times=3)
    with watched_by(disk), JournalWriter(journal, SOON, on_news=news.append) as writer:
        disk.begin()
        writer.append(answer("b"))
        assert disk.refused.wait(60)
        writer.append(answer("c"))

    assert ["a", "b", "c"] == list(read_journal(journal).outcomes)
    assert "the disk is full, answers wait in memory: free at least 1 MB" in news[0]
    assert ["there is room on the disk again: every answer is written"] == news[1:]


def test_a_sync_that_failed_is_not_tried_again_without_writing_anew(journal: Path):
    """The kernel may have called the pages clean that the failed one did not write."""
    disk = BadDisk(Kind.SYNC, errno.ENOSPC, times=1)
    with watched_by(disk), JournalWriter(journal, SOON) as writer:
        disk.begin()
        writer.append(answer("b"))

    assert 2 == disk.seen[Kind.SYNC]
    assert 2 == disk.seen[Kind.WRITE]
    assert 1 == disk.seen[Kind.TRUNCATE]


@pytest.mark.parametrize("kind", [Kind.WRITE, Kind.SYNC])
def test_a_disk_that_fails_is_the_end_at_once(journal: Path, kind: Kind):
    disk = BadDisk(kind, errno.EIO, times=1)
    with pytest.raises(StorageError, match=r"errno 5(.|\n)*dmesg"):
        append_on(disk, journal, answer("b"))

    assert 1 == disk.seen[kind]


def test_who_waited_long_enough_is_told_how_much_to_free(journal: Path):
    never = BadDisk(Kind.WRITE, errno.ENOSPC, times=1 << 30)
    with pytest.raises(StorageError, match="free at least 3 MB") as caught:
        append_on(never, journal, answer("b", "x" * 2_500_000), Patience(0.01, 0.05))

    assert 4 == caught.value.exit_code
    assert "give the same command again" in str(caught.value)
    assert ["a"] == list(read_journal(journal).outcomes)


def test_more_than_memory_may_hold_is_not_waited_for(journal: Path):
    never = BadDisk(Kind.WRITE, errno.ENOSPC, times=1 << 30)
    patience = Patience(60.0, 3600.0, most_bytes=1000)

    with pytest.raises(StorageError, match="free at least"):
        append_on(never, journal, answer("b", "x" * 2000), patience)


def test_who_is_stopped_does_not_wait_and_is_no_error(journal: Path):
    """The signal that stopped it decides how the run ends."""
    stopped = threading.Event()
    news: list[str] = []
    never = BadDisk(Kind.WRITE, errno.ENOSPC, times=1 << 30)
    with (
        watched_by(never),
        JournalWriter(journal, Patience(3600.0, 3600.0), stopped.is_set, news.append) as writer,
    ):
        never.begin()
        writer.append(answer("b"))
        assert never.refused.wait(60)
        stopped.set()

    assert "1 answers could not be written" in news[-1]
    assert ["a"] == list(read_journal(journal).outcomes)


def test_half_a_line_that_was_written_is_cut_off_before_it_is_tried_again(journal: Path):
    whole = journal.read_bytes()

    def write_half(change: Change) -> None:
        if change.kind is Kind.WRITE and not half.is_set():
            half.set()
            with journal.open("ab") as file:
                file.write(change.content[: len(change.content) // 2])
            raise OSError(errno.ENOSPC, "full")

    half = threading.Event()
    with watched_by(write_half), JournalWriter(journal, SOON) as writer:
        writer.append(answer("b"))

    assert ["a", "b"] == list(read_journal(journal).outcomes)
    assert journal.read_bytes().startswith(whole)


def test_lines_that_were_there_before_are_synced_before_another_follows(journal: Path):
    """Their writer may have been killed before it had synced them."""
    changes: list[Kind] = []
    with watched_by(lambda change: changes.append(change.kind)), JournalWriter(journal):
        pass

    assert [Kind.CREATE, Kind.SYNC, Kind.SYNC_FOLDER] == changes


def test_nothing_follows_what_could_not_be_cut_off(journal: Path):
    """Half a line with whole ones behind it would be damage."""
    stopped = threading.Event()
    refused = threading.Event()

    def refuse(change: Change) -> None:
        if stopped.is_set() and change.kind is Kind.TRUNCATE:
            refused.set()
        if stopped.is_set() and change.kind in {Kind.SYNC, Kind.TRUNCATE}:
            raise OSError(errno.ENOSPC, "refused")

    def write() -> None:
        with JournalWriter(journal, SOON, is_stopped=stopped.is_set) as writer:
            stopped.set()
            writer.append(answer("b"))
            assert refused.wait(60)
            writer.append(answer("c"))

    with watched_by(refuse), pytest.raises(StorageError, match="refused"):
        write()

    assert ["a", "b"] == list(read_journal(journal).outcomes)


def test_a_writer_without_memory_is_an_error(journal: Path):
    def refuse(change: Change) -> None:
        if change.content:
            raise MemoryError

    with (
        watched_by(refuse),
        pytest.raises(StorageError, match=r"Cannot allocate memory \(errno 12\)"),
        JournalWriter(journal) as writer,
    ):
        writer.append(answer("b"))

    assert ["a"] == list(read_journal(journal).outcomes)


class Rival:
    """Another process, which takes the journal over."""

    def __init__(self) -> None:
        self.has_come = False

    def begin(self) -> None:
        """Take it."""
        self.has_come = True

    def confirm(self) -> None:
        """As the writer asks it."""
        if self.has_come:
            raise RunLockedError("cannot write", "another vlmhb is writing it")


def append_against(rival: Rival, journal: Path) -> None:
    with JournalWriter(journal, SOON, confirm=rival.confirm) as writer:
        rival.begin()
        writer.append(answer("b"))


def test_a_journal_that_another_took_over_gets_no_line_more(journal: Path):
    before = journal.read_bytes()

    with pytest.raises(RunLockedError, match="another vlmhb"):
        append_against(Rival(), journal)

    assert before == journal.read_bytes()


class RefusedMeanwhile(BadDisk, Rival):
    """The other comes while a sync hangs, which then fails."""

    def __init__(self, number: int) -> None:
        BadDisk.__init__(self, Kind.SYNC, number, times=1)
        Rival.__init__(self)

    def __call__(self, change: Change) -> None:
        try:
            super().__call__(change)
        except OSError:
            self.has_come = True
            raise


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO, errno.ESTALE])
def test_who_came_while_the_disk_refused_is_the_reason_and_loses_no_line(
    journal: Path, number: int
):
    """On a full disk lines of theirs would be cut off, with what may be half of ours."""
    both = RefusedMeanwhile(number)

    with watched_by(both), pytest.raises(RunLockedError):
        append_against(both, journal)

    assert 0 == both.seen[Kind.TRUNCATE]
