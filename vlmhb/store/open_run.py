"""Opening a run folder for writing: a new one, or one to go on with."""

import itertools
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import replace
from pathlib import Path

from vlmhb.domain.model import IMPORTED
from vlmhb.domain.run import LoadedTask
from vlmhb.errors import ResumeRefusedError
from vlmhb.store.inputs import write_inputs
from vlmhb.store.journal import Recovered, read_journal, recover
from vlmhb.store.journal_mark import mark_of, what_changed
from vlmhb.store.lockfile import RunLock
from vlmhb.store.manifest import RunManifest, read_manifest, write_manifest
from vlmhb.store.run_dir import RunDir, way_out
from vlmhb.system.clock import utc_now
from vlmhb.system.durable import make_folder
from vlmhb.system.files import remove_partial, storage_error
from vlmhb.system.volume import missing_in

NAMED_CHANGES = 8


def choose_folder(runs: Path, name: str, short_id: str, *, new: bool) -> Path:
    """The newest folder below `runs` that asks the same questions, or a new one.

    A folder is called `<UTC time>_<name>_<short id>`, and the short id stands for everything that
    may change an answer.
    """
    suffix = f"_{name}_{short_id}"
    pattern = re.compile(rf"(\d{{8}}T\d{{6}}Z)(?:-([0-9a-f]+))?{re.escape(suffix)}")
    known = ((pattern.fullmatch(path.name), path) for path in runs.glob("*"))
    same = {
        (match[1], int(match[2] or "0", 16)): path
        for match, path in known
        if match and (path / "run.json").is_file()
    }
    if same and not new:
        return same[max(same)]
    stamp = utc_now().replace(":", "").replace("-", "")
    paths = (runs / f"{stamp}{mark}{suffix}" for mark in _marks())
    return next(path for path in paths if not path.exists())


def _marks() -> Iterator[str]:
    """Nothing, then a number: runs that start in one second are told apart, and their order."""
    yield ""
    yield from (f"-{number:04x}" for number in itertools.count(1))


class OpenRun(AbstractContextManager["OpenRun"]):
    """A run folder that this process, and no other, may write."""

    def __init__(self, path: Path, manifest: RunManifest, tasks: tuple[LoadedTask, ...]) -> None:
        self.run_dir = RunDir(path)
        self.manifest = manifest
        self.answered: Collection[str] = frozenset()
        """Ids of the requests that have an outcome already."""
        self.failed: Collection[str] = frozenset()
        """Those of them that failed."""
        self.of_data: Collection[str] = frozenset()
        """Those of them that failed for a page."""
        self.notes: tuple[str, ...] = ()
        """What was found out about the folder, for who runs and for who looks at the run later."""
        self._tasks = tasks
        self._lock = RunLock(self.run_dir.lock)
        self._held = ExitStack()

    def __enter__(self) -> "OpenRun":
        """Take the lock, agree with what is there, and cut off a torn tail.

        Raises:
            RunLockedError: another process writes here.
            ResumeRefusedError: the folder's answers are to other questions.
            JournalError: the journal is damaged.
            StorageError: the file system refuses.
        """
        self._make_folders()
        with ExitStack() as stack:
            stack.enter_context(self._lock)
            remove_partial(self.run_dir.path)
            remove_partial(self.run_dir.pages)
            self._agree(self._lacking())
            self._held = stack.pop_all()
        return self

    def _make_folders(self) -> None:
        try:
            for folder in (self.run_dir.path, self.run_dir.logs, self.run_dir.pages):
                make_folder(folder)
        except OSError as error:
            doing, instead = (
                f"cannot make the run folder {self.run_dir.path}",
                way_out(self.run_dir.path),
            )
            raise storage_error(doing, error, instead=instead) from error

    def _lacking(self) -> tuple[str, ...]:
        """What the file system does not offer that a run can do without."""
        try:
            return missing_in(self.run_dir.path)
        except OSError as error:
            doing = f"cannot write to the run folder {self.run_dir.path}"
            raise storage_error(doing, error, instead=way_out(self.run_dir.path)) from error

    def __exit__(self, *_exception: object) -> None:
        self._held.close()

    def keep(self, manifest: RunManifest) -> None:
        """Replace run.json.

        Raises:
            RunLockedError: another process took the folder over.
            StorageError: the file system refused.
        """
        self._lock.confirm()
        write_manifest(self.run_dir.manifest, manifest)
        self.manifest = manifest

    def expect_answers(self) -> RunManifest:
        """What run.json must say before the journal gets another line."""
        mark = self.manifest.journal
        return replace(self.manifest, journal=mark and replace(mark, is_end=False))

    def check_lock(self) -> None:
        """Do nothing while no other process took the folder over.

        Raises:
            RunLockedError: one did.
        """
        self._lock.check()

    def confirm_lock(self) -> None:
        """`check_lock` by a look at the file, which takes a message where that is far away.

        Raises:
            RunLockedError: another process took the folder over.
        """
        self._lock.confirm()

    def _agree(self, lacking: tuple[str, ...]) -> None:
        manifest = agreed(self.run_dir, self.manifest)
        changed = what_changed(self.run_dir.journal, manifest.journal)
        recovered = recover(self.run_dir.journal, manifest.synced_bytes)
        self.answered, self.failed = recovered.ids, recovered.failed
        self.of_data = recovered.of_data
        self.notes = tuple(_notes(self.run_dir, lacking, changed, recovered))
        write_inputs(self.run_dir.inputs, self._tasks)
        was_end = manifest.journal is not None and manifest.journal.is_end
        mark = mark_of(self.run_dir.journal, is_end=was_end)
        self.keep(replace(manifest, journal=mark))


def _notes(
    run_dir: RunDir, lacking: Sequence[str], changed: str, recovered: Recovered
) -> Iterator[str]:
    if "locks" in lacking:
        yield (
            f"{run_dir.path} lies on a file system without locks: start no other run in it, least "
            "of all on another machine, within half a minute"
        )
    elif lacking:
        yield f"{run_dir.path} lies on a file system without {', '.join(lacking)}"
    if changed:
        yield f"WARNING: {changed}"
    if recovered.torn_bytes:
        yield (
            f"{run_dir.journal.name} ended with {recovered.torn_bytes} bytes that a crash has "
            "torn; they were set aside, and what stood there is asked for once more"
        )


def agreed(run_dir: RunDir, now: RunManifest) -> RunManifest:
    """What run.json will say when the run in this folder goes on with what is asked `now`.

    Raises:
        ResumeRefusedError: the folder's answers are to other questions.
        JournalError: the journal is damaged.
        UsageError: run.json cannot be read.
    """
    if run_dir.manifest.exists():
        before = read_manifest(run_dir.manifest)
        _refuse_imported(run_dir.path, before)
        _refuse_merged(run_dir.path, before)
        _refuse_other_shard(run_dir.path, before, now)
        changed = changed_fields(before.fingerprint, now.fingerprint)
        if changed:
            raise _refusal(run_dir.path, changed)
        said = now.price_per_hour
        return replace(
            before,
            models=now.models,
            datasets=now.datasets,
            id=before.id or now.id,
            price_per_hour=before.price_per_hour if said is None else said,
        )
    if read_journal(run_dir.journal).outcomes:
        raise ResumeRefusedError(
            f"cannot continue the run in {run_dir.path}",
            f"{run_dir.manifest.name} is gone, so nobody knows which questions its "
            "answers were given to",
            next_step="put the file back, or choose another folder with --out",
        )
    return now


def _refuse_imported(path: Path, before: RunManifest) -> None:
    # A run that brings along some answers and asks for others can be gone on with.
    if before.source == IMPORTED:
        imported = [model.name for model in before.models]
        raise ResumeRefusedError(
            f"cannot write to the run in {path}",
            f"its answers were imported ({', '.join(imported)}): there is nobody to ask",
            next_step="choose another folder with --out; `vlmhb score` and `vlmhb report` read "
            "this one",
        )


def _refuse_merged(path: Path, before: RunManifest) -> None:
    if before.parts:
        raise ResumeRefusedError(
            f"cannot continue the run in {path}",
            f"it was merged of {', '.join(part.folder for part in before.parts)}",
            next_step="go on with the runs that it was merged of, each by its own command, and "
            "merge them again; or choose another folder with --out",
        )


def _refuse_other_shard(path: Path, before: RunManifest, now: RunManifest) -> None:
    shards = (before.shard, now.shard)
    was, wanted = ("all samples" if one is None else f"shard {one.shard}" for one in shards)
    if was != wanted:
        raise ResumeRefusedError(
            f"cannot continue the run in {path}",
            f"it asks about {was}, not about {wanted}",
            next_step="give every shard a folder of its own with --out, or leave --out out",
        )


def changed_fields(before: Mapping[str, str], now: Mapping[str, str]) -> tuple[str, ...]:
    """Names of the fields that differ, sorted; a field only one side has counts."""
    return tuple(
        sorted(name for name in before.keys() | now.keys() if before.get(name) != now.get(name))
    )


def _refusal(path: Path, changed: tuple[str, ...]) -> ResumeRefusedError:
    more = f" and {len(changed) - NAMED_CHANGES} more" if len(changed) > NAMED_CHANGES else ""
    return ResumeRefusedError(
        f"cannot continue the run in {path}",
        f"its answers were given to other questions; changed since then: "
        f"{', '.join(changed[:NAMED_CHANGES])}{more}",
        next_step="undo the change, or start another run with --new or another --out",
    )
