"""Every Eval Ever: one JSON document for each model and task, in the folders of its datastore.

The format: eval.schema.json of https://github.com/evaleval/every_eval_ever. Figures only; samples
and answers are no part of it.
"""

import hashlib
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone

from vlmhb.domain.digest import Json
from vlmhb.domain.file_name import in_file_name
from vlmhb.domain.model import IMPORTED, ModelSpec
from vlmhb.domain.results import Results
from vlmhb.domain.score import Direction, MetricSummary
from vlmhb.errors import UsageError
from vlmhb.metrics.catalog import find
from vlmhb.plan.prompts import sets_for
from vlmhb.report.exports.export import Export
from vlmhb.report.exports.published import (
    HubDataset,
    Subject,
    addresses,
    answered_at,
    check_named,
    hub_dataset,
    subjects_of,
)
from vlmhb.report.figures.ranking import ranked_value
from vlmhb.report.numbers import finite
from vlmhb.report.text import encodable
from vlmhb.store import RunManifest

SCHEMA_VERSION = "0.3.0"
"""Of their schema."""

_NOT_OURS = ("openai_api", IMPORTED)
"""Where the model ran is not ours to say: behind some server, or elsewhere altogether."""


@dataclass(frozen=True, slots=True)
class Evaluator:
    """Who says so."""

    organisation: str
    relationship: str = "other"
    """To those who made the models: `first_party`, `third_party`, `collaborative` or `other`."""
    datasets: Mapping[str, HubDataset] = field(default_factory=dict)
    """By task, where the task's own source does not tell or means another one."""


def as_eee(results: Results, manifest: RunManifest, evaluator: Evaluator) -> Export:
    """A file for each model and task that has a figure; the same run gives the same files.

    Scores are fractions, with failed samples at the metric's worst.

    Raises:
        UsageError: nobody knows when the answers were given, or no figure is there to tell.
    """
    check_named(results, evaluator.datasets)
    notes: list[str] = []
    contents: dict[str, bytes] = {}
    for subject in subjects_of(results, notes):
        engine = _engine(subject.model, results)
        document = _document(subject, manifest, evaluator, engine)
        content = json.dumps(document, indent=2, sort_keys=True).encode("ascii") + b"\n"
        contents[_path(subject, content)] = content
    if not contents:
        raise UsageError(
            "cannot export for Every Eval Ever",
            "; ".join(notes) or "the run has no figures",
            expected="a figure of a model whose weights are not random",
        )
    return Export(contents, tuple(notes))


def _engine(model: ModelSpec, results: Results) -> dict[str, str]:
    """What ran the model here, and its version where it was told; empty where that is unknown."""
    name = model.backend.partition(":")[0].rpartition(".")[2]
    if name in _NOT_OURS:
        return {}
    models = results.provenance.get("models")
    own = models.get(model.name) if isinstance(models, Mapping) else None
    told = own.get("facts") if isinstance(own, Mapping) else None
    last = told[-1] if isinstance(told, list | tuple) and told else None
    version = last.get(name) if isinstance(last, Mapping) else None
    return {"name": name, "version": str(version or "unknown")}


def _path(subject: Subject, content: bytes) -> str:
    """Where their datastore keeps it."""
    developer, _, model = _model_id(subject.model).rpartition("/")
    places = (subject.table.task, developer or "unknown", model)
    identity = uuid.UUID(bytes=hashlib.sha256(content).digest()[:16], version=4)
    return "/".join(("data", *map(in_file_name, places), f"{identity}.json"))


def _document(
    subject: Subject, manifest: RunManifest, evaluator: Evaluator, engine: Mapping[str, str]
) -> dict[str, Json]:
    began = _epoch(subject.model, manifest)
    return {
        "schema_version": SCHEMA_VERSION,
        "evaluation_id": "/".join((subject.table.task, _model_id(subject.model), began)),
        "evaluation_timestamp": began,
        "retrieved_timestamp": began,
        "source_metadata": {
            "source_name": "vlmhb",
            "source_type": "evaluation_run",
            "source_organization_name": encodable(evaluator.organisation),
            "evaluator_relationship": evaluator.relationship,
        },
        "eval_library": {"name": "vlmhb", "version": manifest.vlmhb or "unknown"},
        "model_info": _model_info(subject, engine),
        "evaluation_results": [_result(summary, subject, evaluator) for summary in subject.figures],
    }


def _epoch(model: ModelSpec, manifest: RunManifest) -> str:
    """Of the run, also for the time of the record, so that two exports of it are the same."""
    told = answered_at(manifest, model)
    if not told:
        raise UsageError(
            "cannot export for Every Eval Ever",
            f"nobody knows when the answers of {model.name} were given",
            next_step="go on with the run once: the same `vlmhb run` command",
        )
    began = datetime.strptime(told, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc)
    return str(int(began.timestamp()))


def _repo(model: ModelSpec) -> str:
    return model.weights.repo if model.weights else ""


def _model_id(model: ModelSpec) -> str:
    return encodable(_repo(model) or model.name)


def _model_info(subject: Subject, engine: Mapping[str, str]) -> dict[str, Json]:
    """With what was decided about it, but for the note, which may not be for the public."""
    model, decision = subject.model, subject.row.decision
    repo = _repo(model)
    return {
        "name": encodable(model.name),
        "id": _model_id(model),
        **({"developer": repo.partition("/")[0]} if repo else {}),
        **({"inference_engine": engine} if engine else {}),
        "additional_details": {
            "deployment_type": "self_deployed" if engine else "unknown",
            "model_availability": "open_weights" if repo else "unknown",
            **({"revision": model.weights.revision} if repo and model.weights else {}),
            **({"decision": decision.state.value} if decision else {}),
        },
    }


def _result(summary: MetricSummary, subject: Subject, evaluator: Evaluator) -> dict[str, Json]:
    task = subject.loaded.task
    result: dict[str, Json] = {
        "evaluation_result_id": f"{task.name}/{summary.metric}/{summary.grouping}",
        "evaluation_name": task.name,
        "source_data": _source_data(subject, evaluator),
        "metric_config": _metric_config(summary, subject),
        "score_details": _score_details(summary),
    }
    generation = _generation(subject)
    return {**result, "generation_config": generation} if generation else result


def _source_data(subject: Subject, evaluator: Evaluator) -> dict[str, Json]:
    loaded, dataset = subject.loaded, subject.loaded.task.dataset
    common: dict[str, Json] = {
        "dataset_name": encodable(dataset.name),
        "additional_details": {
            "split": encodable(dataset.split),
            "sha256": loaded.dataset_sha256,
            "samples_asked": str(len(loaded.samples)),
            "samples_not_asked": str(subject.skipped),
            "task_version": encodable(loaded.task.version),
        },
    }
    hub = hub_dataset(loaded.task.name, dataset, evaluator.datasets)
    if hub is not None:
        n_samples = len(loaded.samples) + subject.skipped
        return {
            **common,
            "source_type": "hf_dataset",
            "hf_repo": hub.id,
            "samples_number": n_samples,
        }
    if found := addresses(dataset):
        return {**common, "source_type": "url", "url": found}
    return {**common, "source_type": "other"}


def _metric_config(summary: MetricSummary, subject: Subject) -> dict[str, Json]:
    """Without bounds, which metrics do not tell, and so without a `score_type`."""
    metric = find(summary.metric)
    judged = summary.metric in subject.table.judged
    return {
        "evaluation_description": metric.summary,
        "metric_id": f"vlmhb.{summary.metric}",
        "metric_name": metric.title,
        "lower_is_better": summary.direction is Direction.LOWER,
        "additional_details": {
            "grouping": summary.grouping,
            "unit": summary.unit,
            **({"judge": encodable(subject.table.judge)} if judged else {}),
        },
    }


def _score_details(summary: MetricSummary) -> dict[str, Json]:
    counts = ("n_total", "n_scored", "n_failed", "n_unscored", "n_documents")
    details: dict[str, Json] = {
        "score": finite(ranked_value(summary)),
        "details": {name: str(getattr(summary, name)) for name in counts},
    }
    low, high = finite(summary.ci_low), finite(summary.ci_high)
    # The interval leaves failed samples out, so it is not one of a score that counts them.
    if low is None or high is None or summary.n_failed:
        return details
    span: dict[str, Json] = {
        "lower": low,
        "upper": high,
        "confidence_level": 0.95,
        "method": "bootstrap, resampled by document",
    }
    return {
        **details,
        "uncertainty": {"confidence_interval": span, "num_samples": summary.n_scored},
    }


def _generation(subject: Subject) -> dict[str, Json]:
    """How the model was asked; empty for engines that take no prompt and generate nothing."""
    sets = sets_for(subject.model, subject.loaded.task)
    if not sets:
        return {}
    made = subject.loaded.task.generation
    prompt = sets[0].fixed.prompt or sets[0].default.prompt
    return {
        "generation_args": {
            "temperature": made.temperature,
            "top_p": made.top_p,
            "max_tokens": made.max_new_tokens,
            **({"prompt_template": encodable(prompt)} if prompt else {}),
        },
        "additional_details": {
            "seed": str(made.seed),
            "prompts": ", ".join(encodable(one.id) for one in sets),
        },
    }
