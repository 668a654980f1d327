import json
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vlmhb.metrics.structured.json_answer import (
    DEEPEST,
    LONGEST_TO_MEND,
    MARKS,
    MENDING_WORK,
    NoJson,
    RepairedJson,
    ValidJson,
    affordable,
    json_of,
)

NOTHING = NoJson("no JSON object or array in the answer")
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=8,
)
HOSTILE = (
    "{" * 80_000,
    "[{/]}" * 16_000,
    '{"' * 40_000,
    '{"a":"' + '\\"' * 39_000,
    "```\n" * 20_000,
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a": 1}', {"a": 1}),
        ('```json\n{"a": [1, 2]}\n```', {"a": [1, 2]}),
        ('Вот ответ:\n```\n{"a": "}"}\n```\nГотово.', {"a": "}"}),
        ('Ответ: {"a": "x\\"}"} — всё.', {"a": 'x"}'}),
        ('[{"a": 1}, {"a": 2}]', [{"a": 1}, {"a": 2}]),
        ('as said in [1]: {"a": 2}', {"a": 2}),
        ('5" pipe {"a": 2}', {"a": 2}),
        ('```python\n{"a": 1}\n```\n```json\n{"b": 2}\n```', {"b": 2}),
        ('```json\n{"a": 1}', {"a": 1}),
        ("{}", {}),
        ('```json\n{"a": 1, "b": "a draft"}\n```\nNo:\n```json\n{"a": 2}\n```', {"a": 2}),
        ('```json\n{"a": 1}\n```\n```json\n{"a": \n```', {"a": 1}),
        ('<think>{"a": 9, "draft": "longer"}</think>{"a": 1}', {"a": 1}),
        ('{"a": 9, "draft": "longer"}\n</think>\n{"a": 1}', {"a": 1}),
    ],
)
def test_json_is_found_wherever_it_stands(text, value):
    assert ValidJson(value) == json_of(text)


@pytest.mark.parametrize(
    "prose", ["Let {x be a set. ", "the range [a, b) ", "{ " * 100, '[see "fig. 1] ']
)
def test_a_stray_bracket_hides_no_json(prose):
    assert ValidJson({"a": 1}) == json_of(f'{prose}{{"a": 1}}')


@pytest.mark.parametrize("prose", ["", "Let {x be a set. "])
def test_no_part_of_json_that_was_cut_off_is_taken_for_the_answer(prose):
    cut_off = '{"a": "b", "rows": [{"c": 1}, {"c": '

    assert RepairedJson({"a": "b", "rows": [{"c": 1}, {"c": ""}]}) == json_of(prose + cut_off)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{'a': 'b'}", {"a": "b"}),
        ('{"a": 1,}', {"a": 1}),
        ('{"a": "b", "c": "d', {"a": "b", "c": "d"}),
        ("{a: 1}", {"a": 1}),
        ('```json\n{"a": 1, "b": [1, 2\n```', {"a": 1, "b": [1, 2]}),
    ],
)
def test_json_that_is_nearly_right_is_mended(text, value):
    assert RepairedJson(value) == json_of(text)


@pytest.mark.parametrize(
    "text", ["", "нет", "5", '"text"', "[see below]", "\\frac{1}{2}", "}{", "```json\n```"]
)
def test_prose_holds_no_json(text):
    assert NOTHING == json_of(text)


@pytest.mark.parametrize("constant", ["NaN", "Infinity", "-Infinity"])
def test_what_only_python_reads_is_no_json(constant):
    assert not isinstance(json_of(f'{{"a": {constant}}}'), ValidJson)


def test_the_longest_of_several_counts():
    assert ValidJson({"a": "x", "b": 2}) == json_of('{"a": 1} then {"a": "x", "b": 2}')


@pytest.mark.parametrize(("depth", "kind"), [(DEEPEST, ValidJson), (DEEPEST + 1, NoJson)])
def test_the_depth_is_bounded(depth, kind):
    assert kind is type(json_of("[" * depth + "]" * depth))


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_answer_is_read_to_an_end(text):
    assert isinstance(json_of(text), NoJson | RepairedJson)


def seconds(text: str) -> float:
    """CPU time that it takes to search a text, at its best."""
    found = []
    for _ in range(3):
        json_of.cache_clear()
        start = process_time()
        json_of(text)
        found.append(process_time() - start)
    return min(found)


@pytest.mark.parametrize(
    "unit",
    [
        "{",
        "{ ",
        "{x ",
        "{x " + "w" * 997,
        "{" + " " * 60,
        "}",
        '{"',
        "[{/]}",
        '"',
        "\\",
        "```\n",
        "```json\n{\n",
        "{}",
    ],
)
def test_searching_takes_time_in_proportion_to_the_text(unit):
    """Four times the text would take sixteen times as long if each bracket cost a search."""
    short, long = unit * (100_000 // len(unit)), unit * (400_000 // len(unit))

    assert seconds(long) < 10 * seconds(short)


@pytest.mark.parametrize("unit", ['*/"a"\t', '"<', "{", 'éset("', "слово "])
def test_what_is_mended_is_bounded_however_long_the_answer(unit):
    text = affordable(f'["{unit * 80_000}')

    assert len(text) <= LONGEST_TO_MEND
    assert len(text) * sum(map(text.count, MARKS)) <= MENDING_WORK
    assert text.startswith('["')


@settings(deadline=None)
@given(VALUES.filter(lambda value: isinstance(value, dict | list)))
def test_any_object_or_array_is_read_back(value):
    assert ValidJson(value) == json_of(json.dumps(value, ensure_ascii=False))


@settings(deadline=None)
@given(st.text(alphabet="{}[]\"',:\\ab1`\n", max_size=60))
def test_no_text_raises(text):
    assert isinstance(json_of(text), ValidJson | RepairedJson | NoJson)
