"""What a node keeps of a run until the driver has it: answers, and what workers printed."""

import shutil
from collections.abc import Iterator
from pathlib import Path

from vlmhb.domain.answer import Outcome
from vlmhb.errors import JournalError
from vlmhb.schedule.cluster.order import NodeOrder
from vlmhb.store.journal import read_journal

NAME = "answers.jsonl"


def answers_file(post_folder: Path) -> Path:
    """Where a worker's answers are kept, as the lines of a journal."""
    return post_folder / NAME


def kept_outcomes(run_folder: Path) -> tuple[dict[str, Outcome], tuple[str, ...]]:
    """What earlier starts left in a node's folder of the run, by request, and what is wrong there.

    The driver has most of it: it was killed while the last of these were on their way.
    """
    found: dict[str, Outcome] = {}
    problems: list[str] = []
    for path in sorted(run_folder.glob(f"*/{NAME}")):
        try:
            found.update(read_journal(path).outcomes)
        except JournalError as error:
            problems.append(f"answers in it are asked for once more: {error}")
    return found, tuple(problems)


def forget(order: NodeOrder) -> Iterator[None]:
    """Remove what this node keeps of a run."""
    # Nodes that share the folder do it at the same time.
    shutil.rmtree(order.folder(order.here()), ignore_errors=True)
    yield from ()
