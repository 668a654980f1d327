"""scoring.json: how the run is scored; there only when that is not what its tasks say."""

from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from vlmhb.domain.scoring import AS_THE_TASKS_SAY, Scoring
from vlmhb.errors import UsageError
from vlmhb.store.records import problem_of
from vlmhb.store.run_dir import way_out
from vlmhb.system.files import write_atomic

SCORING: TypeAdapter[Scoring] = TypeAdapter(Scoring)


def write_scoring(path: Path, scoring: Scoring) -> None:
    """Replace scoring.json, durably; a run that is scored as its tasks say has none."""
    if scoring == AS_THE_TASKS_SAY:
        path.unlink(missing_ok=True)
    else:
        content = SCORING.dump_json(scoring, indent=2) + b"\n"
        write_atomic(path, content, instead=way_out(path.parent))


def read_scoring(path: Path) -> Scoring:
    """What it says; as the tasks say when it is not there.

    Raises:
        UsageError: it cannot be read.
    """
    try:
        return SCORING.validate_json(path.read_bytes())
    except FileNotFoundError:
        return AS_THE_TASKS_SAY
    except (OSError, ValidationError) as error:
        raise UsageError(
            f"cannot read {path}",
            problem_of(error),
            next_step="delete it to score the run as its tasks say",
        ) from error
