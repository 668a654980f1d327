"""A finished run as the report sees it: values only, all from the run folder."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from vlmhb.domain.answer import Outcome
from vlmhb.domain.decision import Decision
from vlmhb.domain.digest import Json
from vlmhb.domain.model import ModelSpec
from vlmhb.domain.run import LoadedTask, RunPlan
from vlmhb.domain.score import MetricSummary, SampleScore


@dataclass(frozen=True, slots=True)
class Results:
    """Everything the documents in `derived/` are made from.

    The same journal and the same decisions give the same Results, so nothing here tells when or
    how often the run was started.
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
