"""Scores each answer of a run as soon as its journal has it."""

from collections.abc import Iterator
from dataclasses import dataclass

from vlmhb.domain.answer import Outcome
from vlmhb.domain.run import Evaluation
from vlmhb.domain.sample import Sample
from vlmhb.domain.score import SampleScore
from vlmhb.metrics.catalog import BUILT_IN, find
from vlmhb.metrics.chosen import with_metrics
from vlmhb.metrics.interface import Metric
from vlmhb.metrics.judge.judging import JudgedMetric
from vlmhb.metrics.scoring import result_of
from vlmhb.plan import build_plan
from vlmhb.store import RunDir, read_inputs, read_manifest, read_scoring
from vlmhb.store.journal_tail import JournalTail


@dataclass(frozen=True, slots=True)
class _Use:
    """A sample that a request was asked for."""

    evaluation: Evaluation
    sample: Sample
    metrics: tuple[tuple[str, Metric], ...]

    def scores(self, outcome: Outcome) -> Iterator[SampleScore]:
        model, task = self.evaluation.model, self.evaluation.task
        for name, metric in self.metrics:
            result = result_of(metric, metric.score, outcome, self.sample)
            yield SampleScore(model, task, self.sample.id, name, result)


class Follower:
    """What a run asks, and how far its journal was read.

    Metrics that need a judge are left out, since verdicts come after the run, and so are those of
    other packages: they may want a GPU, which the models have, or the user's environment.
    """

    def __init__(self, run_dir: RunDir) -> None:
        """As `run_dir` says now.

        Raises:
            UsageError: a file is gone or damaged.
        """
        manifest = read_manifest(run_dir.manifest)
        chosen = filter(BUILT_IN.__contains__, read_scoring(run_dir.scoring).metrics)
        tasks = with_metrics(read_inputs(run_dir.inputs), tuple(chosen))
        by_name = {loaded.task.name: loaded for loaded in tasks}
        self._tail = JournalTail(run_dir.journal)
        self._uses: dict[str, list[_Use]] = {}
        for evaluation in build_plan(manifest.models, tasks).evaluations:
            loaded = by_name[evaluation.task]
            names = loaded.task.metrics.get(evaluation.answers, ())
            own = ((name, find(name)) for name in names if name in BUILT_IN)
            metrics = tuple(one for one in own if not isinstance(one[1], JudgedMetric))
            samples = {sample.id: sample for sample in loaded.samples}
            for sample_id, request_id in evaluation.requests:
                use = _Use(evaluation, samples[sample_id], metrics)
                self._uses.setdefault(request_id, []).append(use)

    def scores(self) -> Iterator[tuple[SampleScore, ...]]:
        """Those of each outcome that came since the last call.

        Raises:
            OSError, ValueError: the journal cannot be followed.
        """
        for outcome in self._tail.new():
            uses = self._uses.get(outcome.request_id, ())
            yield tuple(score for use in uses for score in use.scores(outcome))
