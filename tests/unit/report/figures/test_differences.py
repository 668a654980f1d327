from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.report.eventful import eventful_results
from vlmhb.domain.model import IMPORTED
from vlmhb.domain.results import Results
from vlmhb.report.figures.differences import ABSENT, DifferingRow, differing, sections
from vlmhb.report.figures.model_differences import ModelDifferences, model_differences

COLUMN = st.dictionaries(st.sampled_from("abc"), st.integers(0, 2))


@pytest.fixture(scope="module")
def eventful(tmp_path_factory: pytest.TempPathFactory) -> Results:
    return eventful_results(tmp_path_factory.mktemp("pages"))


@given(st.lists(COLUMN, min_size=1, max_size=4))
def test_rows_are_those_leaves_that_are_not_equal_everywhere(columns: list[dict[str, int]]):
    rows = {row.about: row.values for row in differing(columns)}

    for name in "abc":
        values = tuple(str(column[name]) if name in column else ABSENT for column in columns)
        assert (len(set(values)) > 1) == (name in rows)
        assert rows.get(name, values) == values


@given(COLUMN)
def test_nothing_differs_from_itself(column: dict[str, int]):
    assert () == differing([column, column]) == differing([column])
    assert () == sections([{"x": column}, {"x": column}])


def test_a_section_that_one_column_lacks_is_absent_there():
    (section,) = sections([{"env": {"python": "3.11"}, "same": 1}, {"same": 1}])

    assert ("env", (DifferingRow("python", ("3.11", ABSENT)),)) == (section.title, section.rows)


def test_what_departs_from_most_is_odd_and_nothing_where_there_is_no_most():
    assert (False, True, False) == DifferingRow("x", ("1", "2", "1")).odd
    assert (False, False) == DifferingRow("x", ("1", "2")).odd


def rows_of(found: ModelDifferences, title: str) -> dict[str, tuple[str, ...]]:
    rows = next((each.rows for each in found.sections if each.title == title), ())
    return {row.about: row.values for row in rows}


def test_models_are_told_apart_by_weights_env_packages_and_settings(eventful: Results):
    found = model_differences(eventful)

    assert (
        "tesseract-psm4",
        "rapidocr-3.10",
        "reader-vl-3b",
        "chatty-vl-7b",
        "tiny-random-llava",
    ) == found.models
    assert "Org/reader-vl-3b" == rows_of(found, "weights")["source"][2]
    assert ("2.4.6", "2.4.6", "1.26.4", "1.26.4, 1.26.0", "1.26.4") == rows_of(found, "packages")[
        "numpy"
    ]
    assert "pillow" not in rows_of(found, "packages")
    assert ("float32",) * 3 == rows_of(found, "as loaded")["dtype"][:3]
    assert {"machine", "isolation", "generation"} <= set(found.same)


def test_one_model_differs_from_nothing(eventful: Results):
    alone = replace(eventful, models=eventful.models[2:3])

    assert () == model_differences(alone).sections


def test_of_two_equal_models_everything_is_the_same(eventful: Results):
    one = eventful.models[2]
    other = replace(one, name="twin")
    sent = {**eventful.plan.requests, "twin": eventful.plan.requests[one.name]}
    found = model_differences(
        replace(
            eventful,
            models=(one, other),
            plan=replace(
                eventful.plan,
                requests=sent,
                evaluations=tuple(
                    replace(evaluation, model=name)
                    for evaluation in eventful.plan.evaluations
                    if evaluation.model == one.name
                    for name in (one.name, "twin")
                ),
            ),
            provenance={},
        )
    )

    assert ((one.name, "twin"), ()) == (found.models, found.sections)
    assert {"model", "prompts", "generation"} <= set(found.same)


def test_of_imported_answers_nobody_can_say_how_they_were_made(eventful: Results):
    models = tuple(
        replace(model, backend=IMPORTED) if model.name == "chatty-vl-7b" else model
        for model in eventful.models
    )
    found = model_differences(replace(eventful, models=models))

    assert ("chatty-vl-7b",) == found.unknown
    assert "chatty-vl-7b" not in found.models


def test_models_without_an_outcome_are_left_out(eventful: Results):
    found = model_differences(replace(eventful, outcomes={}))

    assert ((), (), ()) == (found.models, found.sections, found.unknown)
