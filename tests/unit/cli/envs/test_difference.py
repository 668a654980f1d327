"""A difference on one screen."""

from vlmhb.cli.envs.difference import SCREEN_LINES, as_json, as_text
from vlmhb.env import Change, Difference

FACTS = (
    ("fingerprint", "a" * 64, "b" * 64),
    ("python", "3.11.7", "3.11.7"),
    ("variables", "", "A=1"),
)
CHANGES = (
    Change("transformers", "4.37.2", "4.44.2", "2024-08-22"),
    Change("gone", "1.0", "", ""),
    Change("new", "", "2.0", ""),
)


def test_facts_come_first_and_differences_are_marked():
    lines = list(as_text("one", "two", Difference(FACTS, CHANGES, 28), everything=False))

    assert [
        "A  one",
        "B  two",
        "~ fingerprint  aaaaaaaaaaaa -> bbbbbbbbbbbb",
        "  python       3.11.7",
        "  variables    ? -> A=1",
        "packages: ~ 1 changed, - 1 only in A, + 1 only in B, 28 the same; newest release first",
        "~ 2024-08-22   transformers  4.37.2 -> 4.44.2",
        "- day unknown  gone          1.0",
        "+ day unknown  new           2.0",
    ] == lines


def many(count: int) -> Difference:
    return Difference(FACTS, tuple(Change(f"p{n}", "1", "2", "") for n in range(count)), 0)


def test_what_does_not_fit_on_a_screen_is_counted():
    lines = list(as_text("one", "two", many(100), everything=False))

    assert SCREEN_LINES == len(lines)
    assert "and 67 more: --all" == lines[-1]
    assert 106 == len(list(as_text("one", "two", many(100), everything=True)))


def test_what_just_fits_is_listed_whole():
    lines = list(as_text("one", "two", many(34), everything=False))

    assert SCREEN_LINES == len(lines)
    assert "p33" in lines[-1]


def test_programs_get_null_for_what_nobody_knows():
    document = as_json(Difference(FACTS, CHANGES, 28))

    assert {
        "facts": [
            {"about": "fingerprint", "a": "a" * 64, "b": "b" * 64},
            {"about": "python", "a": "3.11.7", "b": "3.11.7"},
            {"about": "variables", "a": None, "b": "A=1"},
        ],
        "packages": [
            {"name": "transformers", "a": "4.37.2", "b": "4.44.2", "released": "2024-08-22"},
            {"name": "gone", "a": "1.0", "b": None, "released": None},
            {"name": "new", "a": None, "b": "2.0", "released": None},
        ],
        "same": 28,
    } == document
