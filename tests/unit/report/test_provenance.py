from dataclasses import replace

import pytest

from vlmhb.domain.digest import Json
from vlmhb.domain.results import Results
from vlmhb.report.provenance import env_cards, flattened, other_sections


def test_an_env_has_facts_and_packages(results: Results):
    card = env_cards(results)[0]

    assert "rapidocr" == card.name
    assert ["fingerprint", "lock_sha256", "python"] == [key for key, _ in card.facts]
    assert ("numpy", "2.4.6") in card.packages


def test_packages_may_be_a_mapping(results: Results):
    envs: dict[str, Json] = {"envs": {"e": {"packages": {"b": "2", "a": "1"}}}}

    (card,) = env_cards(replace(results, provenance=envs))

    assert (("a", "1"), ("b", "2")) == card.packages


@pytest.mark.parametrize("envs", [None, "text", {"e": "text"}, {"e": {"packages": "text"}}])
def test_odd_envs_do_not_stop_a_report(results: Results, envs: Json):
    cards = env_cards(replace(results, provenance={"envs": envs}))

    assert [] == [package for card in cards for package in card.packages]


def test_everything_else_is_a_section(results: Results):
    assert ["datasets", "hardware", "vlmhb"] == [title for title, _ in other_sections(results)]


@pytest.mark.parametrize(
    ("value", "lines"),
    [
        ({"b": {"c": True}, "a": None}, [("a", "not known"), ("b.c", "yes")]),
        ({"a": ["x", 1, False]}, [("a", "x, 1, no")]),
        ({"a": [{"b": 1}, {"b": 2}]}, [("a.0.b", "1"), ("a.1.b", "2")]),
        ([{"b": 1}], [("b", "1")]),
        ([[1], [2]], [("0", "1"), ("1", "2")]),
        ("text", [("", "text")]),
    ],
)
def test_nested_values_become_lines(value: Json, lines: list[tuple[str, str]]):
    assert lines == list(flattened(value))
