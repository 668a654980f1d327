"""Which built envs a name stands for, and which of them somebody may still want."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.env.toy_store import env_called, put_env
from vlmhb.cli.envs.stored import Wanted, chosen, with_fingerprint
from vlmhb.env import EnvStore, inventory
from vlmhb.errors import UsageError

NAMES = ("a@cpu", "a@cu124", "ab", "b")


@pytest.fixture
def store(tmp_path: Path) -> EnvStore:
    for name in NAMES:
        put_env(tmp_path, name, {"file": b"1"})
    return EnvStore(tmp_path)


@pytest.mark.parametrize(
    ("references", "expected"),
    [
        (["a"], ["a@cpu", "a@cu124"]),
        (["a@cpu"], ["a@cpu"]),
        (["b", "a@cpu", "b"], ["b", "a@cpu"]),
        ([], []),
    ],
)
def test_a_name_stands_for_all_its_variants(store, references, expected):
    assert expected == [env.name for env in chosen(store, references)]


def test_the_start_of_a_fingerprint_stands_for_its_env(store):
    env = env_called(store.root, "b")

    assert [env] == chosen(store, [env.fingerprint[:6]])


def test_what_several_fingerprints_start_with_names_those_alone(store):
    alike = [
        replace(env, facts=replace(env.facts, fingerprint=f"abcd{number}"))
        for number, env in enumerate(inventory(store.root)[:2])
        if env.facts
    ]
    other = env_called(store.root, "b")

    with pytest.raises(UsageError, match="several fingerprints start so") as caught:
        with_fingerprint([*alike, other], "abcd")

    assert "a@cpu abcd0, a@cu124 abcd1" == caught.value.expected


@pytest.mark.parametrize("reference", ["nosuch", "a@cu999", "", "zz", "0123456789"])
def test_what_nothing_is_called_is_answered_with_what_there_is(store, reference):
    with pytest.raises(UsageError) as caught:
        chosen(store, ["b", reference])

    assert all(name in str(caught.value.expected) for name in NAMES)


@pytest.mark.parametrize(
    ("unclear", "kept"),
    [("a", ["a@cpu", "a@cu124"]), ("a@cpu", ["a@cpu"]), ("b", ["b"]), ("c", [])],
)
def test_an_envspec_that_cannot_be_judged_keeps_the_envs_of_its_name(store, unclear, kept):
    wanted = Wanted(frozenset(), {unclear: "its lock is older than it is"})

    assert kept == [env.name for env in inventory(store.root) if env in wanted]
