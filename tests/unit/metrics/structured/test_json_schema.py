import json

import pytest

from tests.build import truth
from vlmhb.domain.score import Score, Unscored
from vlmhb.metrics.structured.json_schema import JSON_SCHEMA

SCHEMA = {"type": "object", "required": ["a"], "additionalProperties": False}
SCHEMA |= {
    "properties": {"a": {"type": "integer", "minimum": 0}, "b": {"type": ["string", "null"]}}
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"no": "1", "sum": 2.5, "items": [{"n": "x"}]}', 1),
        ('{"no": "", "sum": 7, "items": []}', 1),
        ("{'no': '1', 'sum': 2, 'items': []}", 1),
        ('{"no": 1, "sum": 2.5, "items": []}', 0),
        ('{"no": "1", "sum": "2.5", "items": []}', 0),
        ('{"no": "1", "sum": 2.5}', 0),
        ('{"no": "1", "sum": 2.5, "items": [], "x": 1}', 0),
        ('{"no": "1", "sum": 2.5, "items": [{"m": "x"}]}', 0),
        ('{"no": "1", "sum": 2.5, "items": {"n": "x"}}', 0),
        ('{"no": "1", "sum": true, "items": []}', 0),
        ('{"no": null, "sum": 2.5, "items": []}', 0),
        ("нет", 0),
    ],
)
def test_without_a_schema_keys_and_types_of_the_target_are_asked_for(text, expected):
    sample = truth('{"no": "5", "sum": 1, "items": [{"n": "y"}]}')

    assert Score(expected, 1) == JSON_SCHEMA.score(text, sample)


@pytest.mark.parametrize(
    ("text", "expected"), [('{"a": "x"}', 1), ('{"a": [1]}', 0), ('{"a": 1}', 1)]
)
def test_where_the_target_is_null_any_plain_value_will_do(text, expected):
    assert Score(expected, 1) == JSON_SCHEMA.score(text, truth('{"a": null}'))


@pytest.mark.parametrize("schema", [SCHEMA, json.dumps(SCHEMA)])
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"a": 1, "b": "x"}', 1),
        ('{"a": 1.0, "b": null}', 1),
        ('{"a": 1.5}', 0),
        ('{"a": -1}', 0),
        ('{"a": true}', 0),
        ('{"b": "x"}', 0),
        ('{"a": 1, "c": 1}', 0),
        ("[]", 0),
        ("", 0),
    ],
)
def test_a_schema_decides_where_there_is_one(schema, text, expected):
    sample = truth('{"other": "shape"}', metadata={"schema": schema})

    assert Score(expected, 1) == JSON_SCHEMA.score(text, sample)


@pytest.mark.parametrize("schema", [{"pattern": "a*"}, {"items": {"$ref": "#"}}, 5, "{"])
def test_a_schema_that_cannot_be_checked_leaves_the_answer_unscored(schema):
    sample = truth('{"a": 1}', metadata={"schema": schema})

    assert isinstance(JSON_SCHEMA.score('{"a": 1}', sample), Unscored)


def test_a_sample_without_schema_and_json_target_is_unscored():
    assert isinstance(JSON_SCHEMA.score("{}", truth("text")), Unscored)


def test_a_failed_sample_does_not_keep_the_form():
    assert Score(0, 1) == JSON_SCHEMA.worst(truth('{"a": 1}'))
