"""docs/guide/comparison.schema.json says what comparison.json has: everything, nothing else."""

import json
from pathlib import Path

import pytest

from tests.build import failed
from tests.results_schema import is_comparison_json, schema_of
from tests.unit.comparison.hostile_runs import hostile_comparison
from tests.unit.comparison.runs import compared, numbered, right, task_of, write_run
from tests.unit.report.test_results_schema import changed, places_in
from vlmhb.comparison import Limit, breaches
from vlmhb.comparison.to_json import SCHEMA_VERSION, comparison_json
from vlmhb.domain.decision import Decided, Decision
from vlmhb.metrics.structured.schema import unsupported
from vlmhb.store import RunDir
from vlmhb.store.decisions import decide

SAMPLES = numbered(12)
FREE = {"differences"}
"""Keys whose objects have names of sections for keys."""


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("runs")
    after = right(SAMPLES, 0, 1, 2, 3, 4, 5, 6) | {"9": failed()}
    a = write_run(folder / "a", {"m": right(SAMPLES, 0), "n": right(SAMPLES)}, task_of(SAMPLES))
    b = write_run(folder / "b", {"m": after}, task_of(SAMPLES, prompt="? {{ question }}"))
    for run in (a, b):
        decide(RunDir(run), Decision("m", Decided.CHOSEN, "why", "2026-01-01T00:00:00Z"))
    found = compared(a, b)
    return comparison_json(found, breaches(found, [Limit("cer", 0.01)]))


def test_every_keyword_is_one_that_is_checked_here():
    assert () == unsupported(schema_of("comparison"))


def test_it_names_the_version_that_is_written():
    schema = schema_of("comparison")

    assert {"const": SCHEMA_VERSION} == schema["properties"]["schema_version"]
    assert schema["$id"].endswith(f":{SCHEMA_VERSION}")


def test_what_is_written_conforms(content: bytes, tmp_path: Path):
    hostile = hostile_comparison(tmp_path)
    written = comparison_json(hostile, breaches(hostile, [Limit("cer", 0.0)]))

    assert is_comparison_json(json.loads(content))
    assert is_comparison_json(json.loads(written))


def test_a_key_more_or_less_does_not_conform(content: bytes):
    closed = list(places_in(json.loads(content), FREE))

    passed = [
        (place, with_more)
        for place in closed
        for with_more in (True, False)
        if is_comparison_json(changed(content, place, with_more=with_more))
    ]
    assert ("pairs", 0, "tasks", 0, "metrics", 0, "mcnemar") in closed
    assert {("pairs", 0, "decision_a"), ("pairs", 0, "decision_b")} <= {*closed}
    assert [] == passed
