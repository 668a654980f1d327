"""Metrics chosen after the answers, in place of those that the tasks name."""

from collections.abc import Sequence
from dataclasses import replace

from vlmhb.domain.run import LoadedTask
from vlmhb.domain.task import AnswerKind
from vlmhb.metrics.catalog import find


def with_metrics(tasks: Sequence[LoadedTask], names: Sequence[str]) -> tuple[LoadedTask, ...]:
    """The tasks, scored with the metrics called `names` that can judge their kinds of answers.

    Without names they are as they were. A kind that none of them can judge gets no scores.

    Raises:
        UsageError: there is no metric of such a name.
    """
    if not names:
        return tuple(tasks)
    kinds_of = {name: find(name).kinds for name in names}
    metrics = {kind: tuple(name for name in names if kind in kinds_of[name]) for kind in AnswerKind}
    return tuple(replace(loaded, task=replace(loaded.task, metrics=metrics)) for loaded in tasks)
