"""Every score of a run, in the order of its plan."""

from collections.abc import Mapping, Sequence

from vlmhb.domain.answer import Outcome
from vlmhb.domain.run import LoadedTask, RunPlan
from vlmhb.domain.score import SampleScore
from vlmhb.metrics import score_evaluation
from vlmhb.metrics.judge.judging import NOBODY_JUDGED, Verdicts
from vlmhb.metrics.scoring import NOTHING_KNOWN, KnownResults


def score_all(
    plan: RunPlan,
    tasks: Sequence[LoadedTask],
    outcomes: Mapping[str, Outcome],
    verdicts: Verdicts = NOBODY_JUDGED,
    known: KnownResults = NOTHING_KNOWN,
) -> tuple[SampleScore, ...]:
    """Every evaluation's scores; those in `known` are taken from there."""
    by_name = {loaded.task.name: loaded for loaded in tasks}
    return tuple(
        score
        for evaluation in plan.evaluations
        for score in score_evaluation(
            evaluation, by_name[evaluation.task], outcomes, verdicts, known
        )
    )
