"""What the sample browser of report.html works on."""

import base64
import gzip
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from vlmhb.domain.answer import Answer, FailedAnswer, Outcome
from vlmhb.domain.digest import Json
from vlmhb.domain.results import Results
from vlmhb.domain.run import Request
from vlmhb.domain.sample import Page, UnreadablePage
from vlmhb.domain.score import Direction, Failed, SampleScore, Score, Unscored
from vlmhb.report.diff import Diff, diff_of
from vlmhb.report.entries import UNAVAILABLE, Entry, metric_ranks
from vlmhb.report.leaderboard import directions_of
from vlmhb.report.numbers import finite
from vlmhb.report.text import encodable

PICTURES = "report_files"
"""The folder beside report.html that holds the pictures of pages."""
NO_OWN_FIGURE = "no figure of its own"
"""Of a sample that adds nothing to a ratio, or whose counts only mean something in a sum."""


def packed(payload: Json) -> str:
    """Base64 of gzip of JSON: free of characters that mean anything in HTML."""
    content = json.dumps(payload, separators=(",", ":"), allow_nan=False).encode("ascii")
    # Level 9 makes the whole page take three times as long, for 6 % less.
    return base64.b64encode(gzip.compress(content, compresslevel=6, mtime=0)).decode("ascii")


def payload_of(results: Results, entries: Sequence[Entry]) -> dict[str, Json]:
    """Models, tasks, metrics, samples and requests once each; entries name them by index."""
    metrics = list(metric_ranks(results))
    directions = directions_of(results)
    return {
        "models": [
            {"name": encodable(model.name), "mechanism": model.mechanism_only}
            for model in results.models
        ],
        "tasks": [encodable(task.task.name) for task in results.tasks],
        "metrics": [
            {"name": encodable(name), "lower": directions.get(name) is Direction.LOWER}
            for name in metrics
        ],
        "samples": _samples(results),
        "requests": [
            _request(request, results.outcomes.get(request.id), results)
            for request in _requests(results)
        ],
        "entries": _entries(results, entries, metrics),
    }


def _samples(results: Results) -> list[Json]:
    return [
        {
            "task": task,
            "id": encodable(sample.id),
            "question": encodable(sample.question),
            "document": encodable(sample.document),
            "doc_class": encodable(sample.doc_class),
            "question_type": encodable(sample.question_type),
            "language": encodable(sample.language),
            "targets": [encodable(target) for target in sample.targets],
        }
        for task, loaded in enumerate(results.tasks)
        for sample in loaded.samples
    ]


def _requests(results: Results) -> list[Request]:
    names = [model.name for model in results.models]
    return [request for name in names for request in results.plan.requests.get(name, ())]


def _entries(results: Results, entries: Iterable[Entry], metrics: Sequence[str]) -> list[Json]:
    models = {model.name: index for index, model in enumerate(results.models)}
    requests = {
        (request.model, request.id): index for index, request in enumerate(_requests(results))
    }
    places = {name: index for index, name in enumerate(metrics)}
    samples: dict[tuple[str, str], int] = {}
    for loaded in results.tasks:
        for sample in loaded.samples:
            samples[loaded.task.name, sample.id] = len(samples)
    return [
        {
            "model": models[entry.evaluation.model],
            "sample": samples[entry.task.name, entry.sample.id],
            "request": requests[entry.evaluation.model, entry.request.id],
            "status": entry.status,
            "primary": _primary(entry, places),
            "scores": [_score(score, places[score.metric]) for score in entry.scores],
            "diff": _diff(entry),
        }
        for entry in entries
        if entry.status != UNAVAILABLE
    ]


def _primary(entry: Entry, places: Mapping[str, int]) -> int | None:
    """The metric that samples are sorted by; None where no metric judges such answers."""
    metrics = entry.task.metrics.get(entry.evaluation.answers, ())
    return places[metrics[0]] if metrics else None


def _score(score: SampleScore, metric: int) -> Json:
    match score.result:
        case Score(value=None):
            return {"metric": metric, "value": None, "reason": NO_OWN_FIGURE}
        case Score(numerator=numerator, denominator=denominator):
            return {
                "metric": metric,
                "value": finite(score.result.value),
                "numerator": finite(numerator),
                "denominator": finite(denominator),
            }
        case Unscored(reason=reason) | Failed(reason=reason):
            return {"metric": metric, "value": None, "reason": encodable(reason)}


def _diff(entry: Entry) -> Json:
    if not isinstance(entry.outcome, Answer):
        return None
    targets = [encodable(target) for target in entry.sample.targets]
    diff: Diff | None = diff_of(encodable(entry.outcome.text), targets)
    return asdict(diff) if diff else None


def _request(request: Request, outcome: Outcome | None, results: Results) -> dict[str, Json]:
    return {
        "prompt": encodable(request.prompt),
        "system_prompt": encodable(request.system_prompt),
        "pages": [_page(page, results) for page in request.pages],
        **_outcome(outcome),
    }


def _page(page: Page, results: Results) -> dict[str, Json]:
    picture = f"{PICTURES}/{page.sha256}.jpg" if page.sha256 in results.thumbnails else ""
    problem = page.problem if isinstance(page, UnreadablePage) else ""
    return {"path": encodable(page.path), "picture": picture, "problem": encodable(problem)}


def _outcome(outcome: Outcome | None) -> dict[str, Json]:
    match outcome:
        case Answer():
            figures: dict[str, Any] = {**asdict(outcome.timing), **asdict(outcome.usage)}
            return {
                "text": encodable(outcome.text),
                "finish_reason": outcome.finish_reason.value,
                "full_length_chars": outcome.full_length_chars,
                "degraded": [encodable(item) for item in outcome.degraded],
                "figures": {name: finite(value) for name, value in figures.items()},
            }
        case FailedAnswer(error=error):
            return {"error": {key: encodable(value) for key, value in asdict(error).items()}}
        case None:
            return {}
