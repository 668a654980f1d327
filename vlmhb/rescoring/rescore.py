"""How a run is scored from now on, written into its folder."""

import shlex
from collections.abc import Callable
from dataclasses import replace

from vlmhb.domain.run import LoadedTask, RunPlan
from vlmhb.domain.scoring import Scoring
from vlmhb.errors import UsageError
from vlmhb.metrics.catalog import find
from vlmhb.metrics.chosen import with_metrics
from vlmhb.metrics.judge.judging import JudgedMetric, Verdicts, questions
from vlmhb.plan import build_plan
from vlmhb.rescoring.judge import Judge, Judging
from vlmhb.store import RecordedRun, RunDir, RunLock, read_run, write_scoring

TASKS_OWN = "tasks"
"""In place of metrics: those that the tasks name."""


def rescore(
    run_dir: RunDir,
    metrics: tuple[str, ...] | None,
    judge: Judge | None,
    ask: Callable[[Judge, tuple[str, ...]], Judging],
) -> Judging | None:
    """What came of asking the judge, None without one; the run is scored so from now on.

    `metrics` take the place of the tasks' own, None leaves things as they are. `ask` is handed the
    judge and everything it is to be asked.

    Raises:
        UsageError: a metric is unknown, can judge none of the answers, or needs a judge and none is
            named; or the judge has nothing to judge.
        RunLockedError: another process writes this run.
    """
    with RunLock(run_dir.lock):
        recorded = read_run(run_dir)
        scoring = _scoring(recorded, metrics, judge)
        tasks = with_metrics(recorded.tasks, scoring.metrics)
        plan = build_plan(recorded.manifest.models, tasks)
        _check_metrics(plan, tasks, metrics or ())
        asked = _questions(plan, tasks, recorded)
        if judge:
            _check_asked(asked)
        else:
            known = Verdicts(scoring.judge, recorded.verdicts)
            _check_verdicts(run_dir, metrics or (), asked, known)
        write_scoring(run_dir.scoring, scoring)
        return ask(judge, asked) if judge else None


def _scoring(
    recorded: RecordedRun, metrics: tuple[str, ...] | None, judge: Judge | None
) -> Scoring:
    scoring = recorded.scoring
    if metrics is not None:
        scoring = replace(scoring, metrics=() if metrics == (TASKS_OWN,) else metrics)
    return replace(scoring, judge=judge.model) if judge else scoring


def _check_metrics(plan: RunPlan, tasks: tuple[LoadedTask, ...], metrics: tuple[str, ...]) -> None:
    used = {
        name
        for loaded in tasks
        for evaluation in plan.evaluations
        if evaluation.task == loaded.task.name
        for name in loaded.task.metrics.get(evaluation.answers, ())
    }
    idle = [name for name in metrics if name not in used and metrics != (TASKS_OWN,)]
    if idle:
        kinds = sorted({evaluation.answers.value for evaluation in plan.evaluations})
        raise UsageError(
            "cannot score the run",
            f"{', '.join(idle)} can judge none of its answers, which are {' and '.join(kinds)}",
            expected="metrics for such answers",
            next_step="vlmhb list metrics",
        )


def _questions(
    plan: RunPlan, tasks: tuple[LoadedTask, ...], recorded: RecordedRun
) -> tuple[str, ...]:
    """What a judge is to be asked, each question once."""
    by_name = {loaded.task.name: loaded for loaded in tasks}
    asked = dict.fromkeys(
        question
        for evaluation in plan.evaluations
        for question in questions(evaluation, by_name[evaluation.task], recorded.outcomes)
    )
    return tuple(asked)


def _check_asked(asked: tuple[str, ...]) -> None:
    if not asked:
        raise UsageError(
            "cannot ask a judge",
            "none of the run's metrics has a question for one",
            expected="a metric such as `judge`, `mcq_judge` or `yes_no_judge`",
            next_step="add e.g. --metrics judge",
        )


def _check_verdicts(
    run_dir: RunDir, metrics: tuple[str, ...], asked: tuple[str, ...], verdicts: Verdicts
) -> None:
    """Figures of metrics that nothing was judged for would take the place of others."""
    judged = [
        name for name in metrics if name != TASKS_OWN and isinstance(find(name), JudgedMetric)
    ]
    if not judged or not asked or any(verdicts.on(one) is not None for one in asked):
        return
    words = ["vlmhb", "score", str(run_dir.path), "--metrics", ",".join(metrics), "--judge"]
    raise UsageError(
        f"cannot score with {', '.join(judged)}",
        "no judge has said anything about the answers that rules cannot decide",
        expected="a model that judges",
        next_step=f"name one: {shlex.join(words)} MODEL",
    )
