"""decisions.json: what was decided about the run's models, the oldest first; nothing is taken back.

There only once something was decided. The last line about a model counts.
"""

import json
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Final, Literal

from pydantic import TypeAdapter

from vlmhb.domain.decision import Decision
from vlmhb.errors import UsageError
from vlmhb.store.lockfile import RunLock
from vlmhb.store.manifest import read_manifest
from vlmhb.store.records import decode, encode, problem_of
from vlmhb.store.run_dir import RunDir, way_out
from vlmhb.system.files import write_atomic

SCHEMA_VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class _File:
    decisions: tuple[Decision, ...]
    schema_version: Literal[1]


_FILE: TypeAdapter[_File] = TypeAdapter(_File)


def decide(run_dir: RunDir, decision: Decision) -> None:
    """Write `decision` behind those that were made before, durably.

    Raises:
        UsageError: the run has no such model, or a file cannot be read; nothing is changed.
        RunLockedError: another process writes this run.
        StorageError: the file system refused.
    """
    with RunLock(run_dir.lock):
        _check_model(run_dir, decision.model)
        decisions = (*read_decisions(run_dir.decisions), decision)
        write_decisions(run_dir.decisions, decisions)


def write_decisions(path: Path, decisions: tuple[Decision, ...]) -> None:
    """Replace decisions.json, durably.

    Raises:
        StorageError: the file system refused.
    """
    content = json.loads(encode(_FILE, _File(decisions, SCHEMA_VERSION)))
    text = json.dumps(content, indent=2).encode("ascii") + b"\n"
    write_atomic(path, text, instead=way_out(path.parent))


def _check_model(run_dir: RunDir, model: str) -> None:
    names = [spec.name for spec in read_manifest(run_dir.manifest).models]
    if model in names:
        return
    near = get_close_matches(model, names, n=1)
    raise UsageError(
        f"cannot mark a model of {run_dir.path}",
        f"it has none called {model!r}" + "".join(f"; did you mean {name!r}?" for name in near),
        expected=f"one of {', '.join(names)}",
    )


def read_decisions(path: Path) -> tuple[Decision, ...]:
    """What was decided, the oldest first; nothing where there is no such file.

    Raises:
        UsageError: it cannot be read.
    """
    try:
        return decode(_FILE, json.loads(path.read_bytes())).decisions
    except FileNotFoundError:
        return ()
    except (OSError, ValueError, RecursionError) as error:
        raise UsageError(
            f"cannot read {path}",
            problem_of(error) if isinstance(error, OSError) else str(error),
            expected=f"a decisions.json with schema_version {SCHEMA_VERSION}",
            next_step="mend it, or move it away: then nothing is decided about the run's models",
        ) from error
