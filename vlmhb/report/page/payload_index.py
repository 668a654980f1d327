"""The short half of the payload: what samples are filtered, sorted and listed by."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby

from vlmhb.domain.answer import Answer, Outcome
from vlmhb.domain.digest import Json
from vlmhb.domain.results import Results
from vlmhb.domain.sample import Sample
from vlmhb.domain.score import Direction, SampleScore, Score
from vlmhb.metrics.aggregation.groupings import FIELDS, values_of
from vlmhb.report.entries import Entry, metric_ranks, status_of
from vlmhb.report.error_classes.classes import ErrorClass
from vlmhb.report.error_classes.verdict import Apart, Verdict
from vlmhb.report.figures.disagreement import disagreements_of
from vlmhb.report.figures.leaderboard import directions_of
from vlmhb.report.figures.setbacks import marks_of
from vlmhb.report.numbers import finite
from vlmhb.report.page.payload_texts import Places
from vlmhb.report.text import encodable

NO_OWN_FIGURE = "no figure of its own"
"""Of a sample that adds nothing to a ratio, or whose counts only mean something in a sum."""


class Words:
    """Texts that many rows share, each kept once."""

    def __init__(self) -> None:
        self._places: dict[str, int] = {}

    def place(self, text: str) -> int:
        """Of `text`, from now on."""
        return self._places.setdefault(text, len(self._places))

    def as_json(self) -> Json:
        """The texts, in the order of their places."""
        return [encodable(text) for text in self._places]


def index_of(results: Results, entries: Sequence[Entry], places: Places) -> dict[str, Json]:
    """Columns; a column of places in another one is written as steps, which pack to nothing."""
    reasons, statuses = Words(), Words()
    return {
        "models": [
            {"name": encodable(model.name), "mechanism": model.mechanism_only}
            for model in results.models
        ],
        "tasks": [encodable(task.task.name) for task in results.tasks],
        "metrics": _metrics(results),
        "samples": _samples(results),
        "facets": _facets(results),
        "blocks": {
            "samples": steps(places.first_samples),
            "requests": steps(places.first_requests),
        },
        "requests": _requests(places.outcomes, statuses),
        "marks": _marks(places.outcomes),
        "statuses": statuses.as_json(),
        "verdicts": _verdicts(entries),
        "evaluations": _evaluations(results, entries, places, reasons),
        "no_figure": reasons.place(NO_OWN_FIGURE),
        "reasons": reasons.as_json(),
    }


def steps(numbers: Iterable[int]) -> list[Json]:
    """How far each number is from the one before, the first from 0."""
    found: list[Json] = []
    last = 0
    for number in numbers:
        found.append(number - last)
        last = number
    return found


def _metrics(results: Results) -> Json:
    directions = directions_of(results)
    return [
        {"name": encodable(name), "lower": directions.get(name) is Direction.LOWER}
        for name in metric_ranks(results)
    ]


def _all_samples(results: Results) -> Iterable[Sample]:
    return (sample for loaded in results.tasks for sample in loaded.samples)


def _samples(results: Results) -> Json:
    return {
        "task": steps(task for task, loaded in enumerate(results.tasks) for _ in loaded.samples),
        "id": [encodable(sample.id) for sample in _all_samples(results)],
    }


def _facets(results: Results) -> Json:
    """What samples can be chosen by: what all have, and the keys that tasks group by."""
    own = [
        key
        for loaded in results.tasks
        for keys in (*loaded.task.group_by, *loaded.task.macro_by)
        for key in keys
    ]
    return [_facet(results, key) for key in dict.fromkeys((*FIELDS, *own))]


def _facet(results: Results, key: str) -> Json:
    """`places` of the values of each sample: a number, or a list where it has several."""
    words = Words()
    places: list[Json] = []
    for sample in _all_samples(results):
        found: list[Json] = [words.place(value) for value in values_of(sample, key)]
        places.append(found[0] if len(found) == 1 else found)
    return {"key": encodable(key), "values": words.as_json(), "places": places}


def _requests(outcomes: Sequence[Outcome | None], statuses: Words) -> Json:
    """Milliseconds and characters are what the list can be sorted by."""
    return {
        "status": [statuses.place(status_of(outcome)) for outcome in outcomes],
        "ms": [_ms(outcome) for outcome in outcomes],
        "chars": [
            len(outcome.text) if isinstance(outcome, Answer) else None for outcome in outcomes
        ],
    }


def _marks(outcomes: Iterable[Outcome | None]) -> Json:
    """What happened to the answers on their way; nothing for most."""
    words = Words()
    places: list[Json] = [[words.place(mark) for mark in marks_of(each)] for each in outcomes]
    return {"values": words.as_json(), "places": places}


def _ms(outcome: Outcome | None) -> int | None:
    total_s = finite(outcome.timing.total_s) if isinstance(outcome, Answer) else None
    return None if total_s is None else round(total_s * 1000)


def _verdicts(entries: Sequence[Entry]) -> Json:
    """Of all entries: right, or what kind of mistake, in the order of the classes."""
    verdicts = [entry.verdict for entry in entries]
    present = set(verdicts)
    known: list[Verdict] = [each for each in (*ErrorClass, *Apart) if each in present]
    places = {verdict: place for place, verdict in enumerate(known)}
    return {
        "values": [verdict.words for verdict in known],
        "places": [places[verdict] for verdict in verdicts],
    }


def _evaluations(
    results: Results, entries: Sequence[Entry], places: Places, reasons: Words
) -> list[Json]:
    """Entries in the order of the plan, so those of one evaluation stand together."""
    models = {model.name: place for place, model in enumerate(results.models)}
    metrics = {name: place for place, name in enumerate(metric_ranks(results))}
    differences = iter(disagreements_of(entries))
    found: list[Json] = []
    for (model, task), grouped in groupby(
        entries, key=lambda entry: (entry.evaluation.model, entry.evaluation.task)
    ):
        group = list(grouped)
        first = group[0]
        judged = first.task.metrics.get(first.evaluation.answers, ())
        found.append(
            {
                "model": models[model],
                "primary": metrics[judged[0]] if judged else None,
                "samples": steps(places.samples[task, entry.sample.id] for entry in group),
                "requests": steps(places.requests[model, entry.request.id] for entry in group),
                "differ": [int(next(differences)) for _ in group],
                "scores": _scores(group, metrics, reasons),
            }
        )
    return found


def _scores(group: Sequence[Entry], metrics: Mapping[str, int], reasons: Words) -> Json:
    """A column for each metric that says anything about one of the entries.

    A row without a score has no denominator: then the numerator is the place of the reason, and
    None where there is none either.
    """
    columns: dict[str, tuple[list[Json], list[Json]]] = {}
    for row, entry in enumerate(group):
        for score in entry.scores:
            if score.metric not in columns:
                columns[score.metric] = ([None] * len(group), [None] * len(group))
            numerators, denominators = columns[score.metric]
            numerators[row], denominators[row] = _score(score, reasons)
    return [
        {"metric": metrics[name], "numerators": numerators, "denominators": denominators}
        for name, (numerators, denominators) in sorted(
            columns.items(), key=lambda item: metrics[item[0]]
        )
    ]


def _score(score: SampleScore, reasons: Words) -> tuple[Json, Json]:
    result = score.result
    if isinstance(result, Score):
        if finite(result.value) is None:
            return reasons.place(NO_OWN_FIGURE), None
        return finite(result.numerator), finite(result.denominator)
    return reasons.place(result.reason), None
