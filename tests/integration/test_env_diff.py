"""`vlmhb env diff` between locks, built envs and runs."""

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.integration.test_unlocked_envs import copy_toy, forget_last_answers, lend, run
from tests.workspace import Finished, Workspace

pytestmark = pytest.mark.uv


def diff(space: Workspace, *words: str) -> Finished:
    return space.vlmhb("env", "diff", *words)


def fingerprints(space: Workspace, out: str = "out") -> list[str]:
    return list(json.loads((space.path / out / "run.json").read_text())["envs"])


def test_two_locks_are_compared_without_building_anything(workspace: Workspace):
    space = replace(workspace, envs=Path("/nonexistent"))

    end = diff(space, "rapidocr-1.4", "rapidocr-3.10")

    assert 0 == end.code, end.err
    assert "~ envspec" in end.out
    assert "rapidocr-onnxruntime" in end.out
    assert 40 >= len(end.out.splitlines())
    days = [line.split()[1] for line in end.out.splitlines() if line[:4] in {"~ 20", "+ 20"}]
    assert sorted(days, reverse=True) == days
    assert days


def test_an_env_does_not_differ_from_itself(workspace: Workspace):
    run(workspace)
    (fingerprint,) = fingerprints(workspace)

    as_run = diff(workspace, "out", "out:model", "--json").json
    as_built = diff(workspace, fingerprint[:12], "out", "--json").json

    as_locked = diff(workspace, "toy", "out", "--json").json

    for document in (as_run, as_built, as_locked):
        assert [] == document["packages"]
        differing = [f for f in document["facts"] if f["a"] and f["b"] and f["a"] != f["b"]]
        assert [] == differing


def test_the_envs_of_one_run_are_told_apart_by_model_and_fingerprint(workspace: Workspace):
    copy_toy(workspace, imports=["msgpack"])
    run(workspace)
    forget_last_answers(workspace.path / "out/answers.jsonl", 2)
    copy_toy(workspace, imports=["msgpack", "json"])
    run(workspace)
    first, second = fingerprints(workspace)

    which = diff(workspace, "out", "toy")
    last = diff(workspace, f"out:{first[:8]}", "out:model")

    assert 2 == which.code
    assert "it has 2 envs" in which.err
    assert "out:model" in which.err
    assert f"~ fingerprint   {first[:12]} -> {second[:12]}" in last.out


def test_a_lent_env_is_compared_with_days_from_the_locks_at_hand(workspace: Workspace):
    lend(workspace, sys.executable)

    end = diff(workspace, "lent", "toy", "--all")

    assert 0 == end.code, end.err
    assert "~ locked" in end.out
    assert "- day unknown" in end.out


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("no-such-env", "no-such-env"),
        ("abcdef012345", 'no built env is called "abcdef012345"'),
        ("toy@cu999", "cu999"),
        ("out:nobody", "out:model"),
        ("no/such/run", "no/such/run"),
    ],
)
def test_unknown_names_are_a_usage_error(workspace: Workspace, reference: str, expected: str):
    run(workspace)

    end = diff(workspace, "toy", reference)

    assert 2 == end.code
    assert expected in end.err
    assert "Traceback" not in end.err
