"""docs/guide/results.schema.json says what results.json has: everything, and nothing else."""

import json
from collections.abc import Iterator, Set
from dataclasses import replace
from typing import Any

import pytest

from tests.results_schema import is_results_json, results_schema
from vlmhb.domain.decision import Decided, Decision
from vlmhb.domain.results import Results
from vlmhb.metrics.structured.schema import unsupported
from vlmhb.report.tables.to_json import SCHEMA_VERSION
from vlmhb.report.write import tables_of

FREE = {"params", "group", "metrics", "classes", "fields", "tuning_scores", "provenance"}
"""Keys whose objects have names of models, metrics, ... for keys."""


def written(results: Results) -> Any:
    return json.loads(tables_of(results)["results.json"])


def test_every_keyword_is_one_that_is_checked_here():
    assert () == unsupported(results_schema())


def test_it_names_the_version_that_is_written():
    schema = results_schema()

    assert {"const": SCHEMA_VERSION} == schema["properties"]["schema_version"]
    assert schema["$id"].endswith(f":{SCHEMA_VERSION}")


@pytest.mark.parametrize("which", ["results", "hostile"])
def test_what_is_written_conforms(which: str, request: pytest.FixtureRequest):
    results = request.getfixturevalue(which)
    decided = Decision(results.models[0].name, Decided.CHOSEN, "| a")
    nothing = replace(results.plan, evaluations=())

    assert is_results_json(written(replace(results, decisions=(decided,))))
    assert is_results_json(written(replace(results, plan=nothing, scores=(), summaries=())))


def places_in(
    value: Any, free: Set[str], place: tuple[str | int, ...] = ()
) -> Iterator[tuple[str | int, ...]]:
    """Where there is an object with keys of its own; of a list, in its first item."""
    if isinstance(value, list):
        for item in value[:1]:
            yield from places_in(item, free, (*place, 0))
    if isinstance(value, dict) and not free & set(place):
        yield place
        for key, item in value.items():
            yield from places_in(item, free, (*place, key))


def changed(content: bytes, place: tuple[str | int, ...], *, with_more: bool) -> Any:
    """The document with a key more, or without its first one, in the object at `place`."""
    document = part = json.loads(content)
    for key in place:
        part = part[key]
    if with_more:
        part["more"] = 1
    else:
        del part[min(part)]
    return document


def test_a_key_more_or_less_does_not_conform(documents: dict[str, bytes]):
    content = documents["results.json"]
    closed = list(places_in(json.loads(content), FREE))

    assert ("leaderboard", 0, "rows", 0, "figures", 0) in closed
    passed = [
        (place, with_more)
        for place in closed
        for with_more in (True, False)
        if is_results_json(changed(content, place, with_more=with_more))
    ]
    assert [] == passed
