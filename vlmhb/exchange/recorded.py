"""The evaluations of a run as rows: each sample with what came back for it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from vlmhb.domain.answer import Answer, Outcome
from vlmhb.domain.model import IMPORTED, ModelSpec
from vlmhb.domain.run import LoadedTask
from vlmhb.domain.sample import Sample
from vlmhb.errors import UsageError
from vlmhb.plan import build_plan
from vlmhb.store import RecordedRun

_TIME = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)Z")


@dataclass(frozen=True, slots=True)
class Result:
    """A sample and its outcome; None when it was not answered yet."""

    sample: Sample
    outcome: Outcome | None

    @property
    def text(self) -> str | None:
        """The answer; None where there is none."""
        return self.outcome.text if isinstance(self.outcome, Answer) else None


@dataclass(frozen=True, slots=True)
class EvaluationResults:
    """What a model answered to a task, in the task's order."""

    model: ModelSpec
    loaded: LoadedTask
    results: tuple[Result, ...]
    stamp: str
    """When the run began, `YYYYmmdd_HHMMSS` in UTC, so that two exports of a run are the same."""

    @property
    def name(self) -> str:
        """`model/task`."""
        return f"{self.model.name}/{self.loaded.task.name}"


def evaluations_of(recorded: RecordedRun) -> Iterator[EvaluationResults]:
    """Every evaluation of a run, in its order.

    Raises:
        UsageError: nobody knows when the run began.
    """
    manifest = recorded.manifest
    models = {model.name: model for model in manifest.models}
    tasks = {loaded.task.name: loaded for loaded in recorded.tasks}
    for evaluation in build_plan(manifest.models, recorded.tasks).evaluations:
        loaded = tasks[evaluation.task]
        samples = {sample.id: sample for sample in loaded.samples}
        yield EvaluationResults(
            model=models[evaluation.model],
            loaded=loaded,
            results=tuple(
                Result(samples[sample_id], recorded.outcomes.get(request_id))
                for sample_id, request_id in evaluation.requests
            ),
            stamp=_stamp(recorded, models[evaluation.model]),
        )


def _stamp(recorded: RecordedRun, model: ModelSpec) -> str:
    began = [segment.started_at for segment in recorded.manifest.segments[:1]]
    if model.backend == IMPORTED:
        told = model.params.get("answered_at") or model.params.get("imported_at")
        began = [str(told or "")]
    match = _TIME.fullmatch(began[0]) if began else None
    if match is None:
        raise UsageError(
            "cannot export the run",
            "run.json does not tell when it began",
            next_step="go on with the run once: the same `vlmhb run` command",
        )
    year, month, day, hour, minute, second = match.groups()
    return f"{year}{month}{day}_{hour}{minute}{second}"


def metadata_text(metadata: Mapping[str, object], name: str) -> str:
    """What the dataset says under `name`, as a cell; lists by commas, as datasets write them."""
    value = metadata.get(name)
    if value is None:
        return ""
    return ",".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
