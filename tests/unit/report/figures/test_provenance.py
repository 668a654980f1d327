from dataclasses import replace

import pytest

from tests.unit.report.sample_results import fingerprint_of
from vlmhb.domain.digest import Json
from vlmhb.domain.results import Results
from vlmhb.report.figures.provenance import env_cards, flattened, model_envs, other_sections


def test_an_env_has_facts_and_packages(results: Results):
    card = next(card for card in env_cards(results) if card.name == "rapidocr")

    assert ["fingerprint", "lock_sha256", "locked", "python"] == [key for key, _ in card.facts]
    assert fingerprint_of("rapidocr") == card.fact("fingerprint")
    assert ("numpy", "2.4.6") in card.packages
    assert (("pillow", "11.3.0"),) == card.inherited
    assert card.locked


def test_an_env_without_a_lock_says_so_and_names_none(results: Results):
    card = next(card for card in env_cards(results) if card.name == "lent")

    assert not card.locked
    assert "" == card.fact("lock_sha256")


def test_a_model_has_every_env_it_answered_in_oldest_first(results: Results):
    used = [(used.model, used.env.name) for used in model_envs(results)]

    assert [
        ("tesseract-psm4", "tesserocr"),
        ("rapidocr-3.10", "rapidocr"),
        ("chatty-vl-7b", "transformers-4.37"),
        ("chatty-vl-7b", "lent"),
    ] == used


def test_packages_may_be_a_mapping(results: Results):
    envs: dict[str, Json] = {"envs": {"e": {"packages": {"b": "2", "a": "1"}}}}

    (card,) = env_cards(replace(results, provenance=envs))

    assert (("a", "1"), ("b", "2")) == card.packages


@pytest.mark.parametrize("envs", [None, "text", {"e": "text"}, {"e": {"packages": "text"}}])
def test_odd_envs_do_not_stop_a_report(results: Results, envs: Json):
    cards = env_cards(replace(results, provenance={"envs": envs}))

    assert () == model_envs(replace(results, provenance={"envs": envs}))
    assert [] == [package for card in cards for package in card.packages]


def test_everything_else_is_a_section(results: Results):
    assert ["datasets", "hardware", "models", "vlmhb"] == [
        title for title, _ in other_sections(results)
    ]


@pytest.mark.parametrize(
    ("value", "lines"),
    [
        ({"b": {"c": True}, "a": None}, [("a", "not known"), ("b.c", "yes")]),
        ({"a": ["x", 1, False]}, [("a", "x, 1, no")]),
        ({"a": [{"b": 1}, {"b": 2}]}, [("a.0.b", "1"), ("a.1.b", "2")]),
        ([{"b": 1}], [("b", "1")]),
        ({"a": []}, [("a", "none")]),
        ([[1], [2]], [("0", "1"), ("1", "2")]),
        ("text", [("", "text")]),
    ],
)
def test_nested_values_become_lines(value: Json, lines: list[tuple[str, str]]):
    assert lines == list(flattened(value))


@pytest.mark.parametrize("told", [{}, {"locked": None}, {"locked": "yes"}, {"locked": 1}])
def test_an_env_of_which_nobody_knows_is_not_called_locked(results: Results, told: Json):
    (card,) = env_cards(replace(results, provenance={"envs": {"e": told}}))

    assert not card.locked
