"""A finished run as the report sees it: values only, all from the run folder."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from vlmhb.domain.answer import Outcome
from vlmhb.domain.decision import Decision
from vlmhb.domain.digest import Json
from vlmhb.domain.model import ModelSpec
from vlmhb.domain.run import LoadedTask, RunPlan
from vlmhb.domain.score import MetricSummary, SampleScore
from vlmhb.domain.telemetry import WorkerTelemetry


@dataclass(frozen=True, slots=True)
class Results:
    """Everything the documents in `derived/` are made from.

    The same run folder gives the same Results, and nothing here tells when the run was started.
    """

    name: str
    models: tuple[ModelSpec, ...]
    unavailable: Mapping[str, str]
    """Model name -> why it could not be evaluated."""
    tasks: tuple[LoadedTask, ...]
    plan: RunPlan
    outcomes: Mapping[str, Outcome]
    """By request id. A request without an entry was not answered yet."""
    scores: tuple[SampleScore, ...]
    summaries: tuple[MetricSummary, ...]
    thumbnails: Mapping[str, str]
    """sha256 of a page -> absolute path of a JPEG of it."""
    provenance: Mapping[str, Json]
    """Versions, envs (fingerprint, lock, packages), datasets, hardware; free of times."""
    unlocked: frozenset[str] = frozenset()
    """Models with an answer from an env that no lock describes in full."""
    named_metrics: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Task -> the metrics that its file names, where others were chosen in their place."""
    decisions: tuple[Decision, ...] = ()
    """About the run's models, the oldest first; the last one about a model counts."""
    telemetry: tuple[WorkerTelemetry, ...] = ()
    """Of every worker of every start, in the order they were started; empty for runs that were not
    measured."""
    price_per_hour: float | None = None
    """What one worker with its GPU costs per hour, in any currency; None when nobody said."""
