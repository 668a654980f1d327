import pytest

from vlmhb.metrics.structured.schema import conforms, unsupported


@pytest.mark.parametrize(
    ("schema", "right", "wrong"),
    [
        ({"type": "string"}, "x", 1),
        ({"type": ["string", "null"]}, None, 1),
        ({"type": "integer"}, 5.0, 5.5),
        ({"type": "number"}, 5.5, True),
        ({"required": ["a"]}, {"a": 1}, {}),
        ({"properties": {"a": {"type": "string"}}}, {"b": 1}, {"a": 1}),
        ({"properties": {"a": {}}, "additionalProperties": False}, {"a": 1}, {"b": 1}),
        ({"additionalProperties": {"type": "string"}}, {"a": "x"}, {"a": 1}),
        ({"items": {"type": "string"}}, ["x"], ["x", 1]),
        ({"enum": ["a", 1]}, 1, True),
        ({"const": "a"}, "a", "b"),
        ({"anyOf": [{"type": "string"}, {"minimum": 5}]}, 6, 4),
        ({"allOf": [{"minimum": 1}, {"maximum": 3}]}, 3, 4),
        ({"oneOf": [{"minimum": 1}, {"maximum": 3}]}, 4, 2),
        ({"minimum": 1}, 1, 0.5),
        ({"maximum": 1}, 1, 1.5),
        ({"minLength": 2}, "аб", "а"),
        ({"maxLength": 2}, "аб", "абв"),
        ({"minItems": 1}, [1], []),
        ({"maxItems": 1}, [1], [1, 2]),
    ],
)
def test_each_keyword_tells_right_from_wrong(schema, right, wrong):
    assert conforms(schema, right)
    assert not conforms(schema, wrong)


@pytest.mark.parametrize(
    "schema", [{"required": ["a"]}, {"minimum": 1}, {"minLength": 1}, {"minItems": 1}, True, {}]
)
def test_a_keyword_for_another_type_says_nothing(schema):
    assert conforms(schema, None)


def test_false_allows_nothing():
    assert not conforms(False, None)


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": "object", "title": "x", "properties": {"a": {"minimum": 1}}}, ()),
        ({"properties": {"a": {"pattern": "x", "$ref": "#"}}}, ("$ref", "pattern")),
        (
            {"anyOf": [{"not": {}}], "additionalProperties": {"uniqueItems": True}},
            ("not", "uniqueItems"),
        ),
        ({"anyOf": {"type": "string"}}, ("a schema of type null",)),
        ({"items": [{}]}, ("a schema of type array",)),
        (True, ()),
    ],
)
def test_keywords_that_would_be_passed_over_are_named(schema, expected):
    assert expected == unsupported(schema)


@pytest.mark.parametrize("value", [[1], "a", None])
def test_what_has_no_keys_breaks_no_rule_about_them(value):
    assert conforms({"properties": {"a": False}}, value)
