"""A run folder, scored, as far as two of them are compared."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from vlmhb.domain.answer import Outcome
from vlmhb.domain.decision import Decision, last_decisions
from vlmhb.domain.run import Evaluation, LoadedTask, Request
from vlmhb.domain.score import SampleScore
from vlmhb.domain.scoring import Scoring
from vlmhb.metrics.chosen import with_metrics
from vlmhb.metrics.judge.judging import Verdicts
from vlmhb.plan import build_plan
from vlmhb.report.figures.origins import Origin, origins_of
from vlmhb.scoring import score_all
from vlmhb.store import RunManifest, find_run
from vlmhb.store.recorded import read_run


@dataclass(frozen=True, slots=True)
class ScoredRun:
    """What is read of a run; scored anew, so that all sides are judged by the same rules."""

    folder: Path
    manifest: RunManifest
    scoring: Scoring
    tasks: Mapping[str, LoadedTask]
    """With the metrics that count, by name."""
    named_metrics: Mapping[str, frozenset[str]]
    """Those that the tasks name themselves."""
    evaluations: Mapping[tuple[str, str], Evaluation]
    """By model and task."""
    requests: Mapping[tuple[str, str], Request]
    """By model and request id."""
    outcomes: Mapping[str, Outcome]
    scores: Mapping[tuple[str, str, str], Mapping[str, SampleScore]]
    """By model, task and metric: sample id -> score."""
    origins: Mapping[str, Origin]
    """By model."""
    decisions: Mapping[str, Decision]
    """The last one about each model that has one."""

    @property
    def models(self) -> tuple[str, ...]:
        """Names, in the order of the run file."""
        return tuple(model.name for model in self.manifest.models)

    def tasks_of(self, model: str) -> tuple[str, ...]:
        """The tasks that `model` was evaluated on."""
        return tuple(task for name, task in self.evaluations if name == model)

    def scale_of(self, task: str, metric: str) -> float:
        """What the reference of the task multiplies the metric by; 1 where it has none of it."""
        named = metric in self.named_metrics[task]
        return self.tasks[task].task.scale if named else 1.0


def read_scored_run(folder: Path) -> ScoredRun:
    """The run in `folder`.

    Raises:
        UsageError: there is none, or a file of it cannot be read.
    """
    recorded = read_run(find_run(folder))
    manifest, outcomes = recorded.manifest, recorded.outcomes
    tasks = with_metrics(recorded.tasks, recorded.scoring.metrics)
    plan = build_plan(manifest.models, tasks)
    scores: dict[tuple[str, str, str], dict[str, SampleScore]] = {}
    verdicts = Verdicts(recorded.scoring.judge, recorded.verdicts)
    for score in score_all(plan, tasks, outcomes, verdicts):
        cells = scores.setdefault((score.model, score.task, score.metric), {})
        cells[score.sample_id] = score
    return ScoredRun(
        folder=folder,
        manifest=manifest,
        scoring=recorded.scoring,
        tasks={loaded.task.name: loaded for loaded in tasks},
        named_metrics={
            loaded.task.name: frozenset().union(*loaded.task.metrics.values())
            for loaded in recorded.tasks
        },
        evaluations={(one.model, one.task): one for one in plan.evaluations},
        requests={
            (model, request.id): request
            for model, requests in plan.requests.items()
            for request in requests
        },
        outcomes=outcomes,
        scores=scores,
        origins=origins_of(manifest, plan, outcomes),
        decisions=last_decisions(recorded.decisions),
    )
