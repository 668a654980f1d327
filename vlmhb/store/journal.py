"""answers.jsonl: append-only, one outcome a line, each line with its own checksum.

What follows the last line that was synced is a torn tail, left by a crash: it is cut off and kept
aside. A bad line before that is damage, and stops everything until `vlmhb repair` has set it aside.
Lines tell by themselves what was synced before them; of the last ones only run.json can know it.
"""

import json
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from vlmhb.domain.answer import FailedAnswer, Outcome
from vlmhb.errors import JournalError
from vlmhb.store.journal_lines import HEADER, Line, Walked, walk
from vlmhb.store.records import OUTCOME, decode
from vlmhb.store.run_dir import way_out
from vlmhb.system.durable import DurableFile
from vlmhb.system.files import storage_error, write_atomic


@dataclass(frozen=True, slots=True)
class Journal:
    """What a journal says."""

    outcomes: Mapping[str, Outcome]
    """By request id, in the order they were written."""
    valid_bytes: int
    """Length of the longest valid prefix."""
    torn: bytes
    """What follows it."""


@dataclass(frozen=True, slots=True)
class Recovered:
    """A journal that can be gone on with."""

    ids: frozenset[str]
    """Of the requests that have an outcome."""
    failed: frozenset[str]
    """Of those that have one other than an answer."""
    of_data: frozenset[str]
    """Of those that failed for a page."""
    torn_bytes: int
    """What was cut off its end."""


def read_journal(path: Path, whole_bytes: int = 0) -> Journal:
    """The outcomes in `path`; an absent or empty file is an empty journal.

    So many bytes at its beginning are known to have been synced.

    Raises:
        JournalError: it cannot be read, a line that was synced is damaged, or one request has two
            outcomes.
    """
    outcomes: dict[str, Outcome] = {}

    def keep(outcome: Outcome) -> None:
        outcomes[outcome.request_id] = outcome

    walked = _each_outcome(path, keep, whole_bytes)
    return Journal(outcomes, walked.valid_bytes, walked.torn)


def recover(path: Path, whole_bytes: int = 0) -> Recovered:
    """What is known of the journal at `path`; its torn tail, if any, is moved to a file beside it.

    So many bytes at its beginning are known to have been synced.

    Raises:
        JournalError: as `read_journal`.
        StorageError: the file system refused.
    """
    ids: set[str] = set()
    failed: set[str] = set()
    of_data: set[str] = set()

    def keep(outcome: Outcome) -> None:
        ids.add(outcome.request_id)
        if isinstance(outcome, FailedAnswer):
            failed.add(outcome.request_id)
            if outcome.is_of_data:
                of_data.add(outcome.request_id)

    walked = _each_outcome(path, keep, whole_bytes)
    if walked.torn:
        # First aside, then off: whatever happens between, nothing is gone.
        aside = path.with_name(f"{path.name}.torn-at-{walked.valid_bytes}")
        write_atomic(aside, walked.torn, instead=way_out(path.parent))
    try:
        _settle(path, walked)
    except OSError as error:
        instead = way_out(path.parent)
        raise storage_error(f"cannot recover {path}", error, instead=instead) from error
    return Recovered(frozenset(ids), frozenset(failed), frozenset(of_data), len(walked.torn))


def _settle(path: Path, walked: Walked) -> None:
    """Cut off the torn tail; what stays counts as done from now on, so it is synced."""
    if not path.exists():
        return
    with DurableFile.appending(path) as file:
        if walked.torn:
            file.truncate(walked.valid_bytes)
        file.sync()


def outcome_of(text: bytes) -> Outcome:
    """The outcome that a line's JSON holds.

    Raises:
        ValueError: it holds something else.
    """
    try:
        return OUTCOME.validate_json(text)
    except ValidationError:
        # This one also reads halves of characters, and says more clearly what is wrong.
        return decode(OUTCOME, _nested(text))


def check_header(path: Path, text: bytes) -> None:
    """Do nothing when the JSON is that of a journal's first line.

    Raises:
        JournalError: it is not.
    """
    record = _json(text)
    if record == HEADER:
        return
    if isinstance(record, dict) and record.get("format") == HEADER["format"]:
        raise JournalError(
            f"cannot read the journal {path}",
            f"its version is {record.get('version')!r}",
            expected=f"version {HEADER['version']}",
            next_step="use the vlmhb version that wrote it, or start another run with --new",
        )
    raise _damaged(path, 1, "its header is gone: it is something else")


def _each_outcome(path: Path, see: Callable[[Outcome], None], whole_bytes: int) -> Walked:
    """Where the lines end; `see` is shown every outcome, each request once."""
    known: set[str] = set()

    def see_line(line: Line) -> None:
        if line.number == 1:
            check_header(path, line.text)
            return
        try:
            outcome = outcome_of(line.text)
        except ValueError as error:
            raise _damaged(path, line.number, str(error)) from error
        if outcome.request_id in known:
            why = f"request {outcome.request_id} has an outcome already"
            raise _damaged(path, line.number, why)
        known.add(outcome.request_id)
        see(outcome)

    walked = walk_file(path, see_line, whole_bytes)
    if walked.damaged is not None:
        raise _damaged(path, walked.damaged, "its checksum does not match its text")
    return walked


def walk_file(path: Path, see: Callable[[Line], None], whole_bytes: int = 0) -> Walked:
    """`walk` along the file at `path`; one that is not there is empty.

    Raises:
        JournalError: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return walk(file, see, whole_bytes)
    except FileNotFoundError:
        return Walked(0, b"")
    except OSError as error:
        raise JournalError(
            f"cannot read the journal {path}",
            error.strerror or str(error),
            expected="the file in which `vlmhb run` keeps its answers",
            next_step="put it back, or start another run with --new or another --out",
        ) from error


def _json(text: bytes) -> Any:
    try:
        return _nested(text)
    except ValueError:
        return None


def _nested(text: bytes) -> Any:
    """What the JSON says.

    Raises:
        ValueError: it is none, or lists within lists without end.
    """
    try:
        return json.loads(text)
    except RecursionError as error:
        raise ValueError("lists within lists without end") from error


def _damaged(path: Path, line_number: int, why: str) -> JournalError:
    return JournalError(
        f"cannot read the journal {path}",
        f"line {line_number} is damaged: {why}",
        next_step=f"{shlex.join(['vlmhb', 'repair', str(path.parent)])} sets damaged lines aside; "
        "only what stood in them is asked for once more",
    )
