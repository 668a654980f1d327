"""comparison.json: everything a program needs, without the texts of the answers."""

import json
from collections.abc import Sequence
from dataclasses import asdict

from vlmhb.comparison.changed import ChangedSample, Trend
from vlmhb.comparison.compare import Comparison, PairComparison, TaskComparison, Tested
from vlmhb.comparison.explained import Section
from vlmhb.comparison.gate import Breach, breach_text
from vlmhb.domain.digest import Json
from vlmhb.metrics.paired.compare import Delta, MetricDelta
from vlmhb.report.tables.to_json import plain

SCHEMA_VERSION = 1


def comparison_json(found: Comparison, broken: Sequence[Breach]) -> bytes:
    """ASCII JSON with sorted keys; figures that do not exist are null, never NaN."""
    document = {"schema_version": SCHEMA_VERSION, **facts_of(found, broken, samples=True)}
    text = json.dumps(plain(document), sort_keys=True, indent=1, allow_nan=False)
    return text.encode("ascii") + b"\n"


def facts_of(found: Comparison, broken: Sequence[Breach], *, samples: bool) -> dict[str, Json]:
    """The document as values; changed `samples` one by one, or only counted."""
    return {
        "n_tests": found.n_tests,
        "pairs": [_pair(pair, samples=samples) for pair in found.pairs],
        "unpaired": list(found.unpaired),
        "breaches": [_breach(breach) for breach in broken],
    }


def _pair(pair: PairComparison, *, samples: bool) -> Json:
    return {
        "a": pair.a,
        "b": pair.b,
        "model_a": pair.model_a,
        "model_b": pair.model_b,
        "decision_a": asdict(pair.decision_a) if pair.decision_a else None,
        "decision_b": asdict(pair.decision_b) if pair.decision_b else None,
        "differences": _sections(pair.differences),
        "tasks": [_task(task, samples=samples) for task in pair.tasks],
    }


def _task(task: TaskComparison, *, samples: bool) -> Json:
    facts: dict[str, Json] = {
        "task": task.task,
        "task_a": task.task_a,
        "n_samples": task.n_samples,
        "only_a": task.only_a,
        "only_b": task.only_b,
        "metrics": [_tested(one) for one in task.tested],
        "metrics_left_out": list(task.metrics_left_out),
        "groups": [_metric(delta) for delta in task.groups],
        "differences": _sections(task.differences),
        "n_changed": len(task.changed),
        "n_worse": task.count(Trend.WORSE),
        "n_better": task.count(Trend.BETTER),
        "n_other_answers": task.n_other_answers,
    }
    return {**facts, "changed": [_sample(one) for one in task.changed]} if samples else facts


def _tested(one: Tested) -> dict[str, Json]:
    mcnemar = one.delta.mcnemar
    return {
        **_metric(one.delta),
        "scale": one.scale,
        "loss": one.loss,
        "p": one.delta.p,
        "p_holm": one.p_holm,
        "mcnemar": asdict(mcnemar) if mcnemar else None,
        "finding": one.finding.value,
    }


def _metric(delta: MetricDelta) -> dict[str, Json]:
    return {
        "metric": delta.metric,
        "direction": delta.direction.value,
        "unit": delta.unit,
        "grouping": delta.grouping,
        "group": list(delta.group),
        "ranked": _delta(delta.ranked),
        "answered": _delta(delta.answered),
        "counts_a": asdict(delta.counts_a),
        "counts_b": asdict(delta.counts_b),
        "problem": delta.problem,
    }


def _delta(delta: Delta) -> dict[str, Json]:
    return {**asdict(delta), "delta": delta.value}


def _sections(sections: Sequence[Section]) -> Json:
    return {section.title: [asdict(fact) for fact in section.facts] for section in sections}


def _sample(one: ChangedSample) -> Json:
    return {
        "sample_id": one.sample.id,
        "document": one.sample.document,
        "doc_class": one.sample.doc_class,
        "question_type": one.sample.question_type,
        "language": one.sample.language,
        "trend": one.trend.value,
        "loss": one.loss,
        "status_a": one.a.status,
        "status_b": one.b.status,
        "scores": [asdict(cell) for cell in one.cells],
    }


def _breach(breach: Breach) -> Json:
    return {
        "metric": breach.limit.metric,
        "allowed": breach.limit.most,
        "a": breach.a,
        "b": breach.b,
        "task": breach.task or None,
        "loss": breach.tested.loss if breach.tested else None,
        "problem": breach.problem,
        "text": breach_text(breach),
    }
