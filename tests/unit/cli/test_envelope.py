"""The one JSON object that `--json` puts on stdout."""

import json

import click
import pytest

from vlmhb.cli.envelope import Output, facts_of, print_json
from vlmhb.errors import ConfigError, EnvError


def test_an_error_after_the_object_is_told_by_the_exit_code_alone(
    capsys: pytest.CaptureFixture[str],
):
    output = Output(as_json=True)
    with click.Context(click.Command("x"), obj=output):
        print_json("run", {"folder": "r"})

    output.fail(EnvError("cannot", "no room"), 4)

    assert "run" == json.loads(capsys.readouterr().out)["kind"]


def test_of_several_errors_one_is_told(capsys: pytest.CaptureFixture[str]):
    output = Output(as_json=True)

    output.fail(EnvError("cannot", "no room"), 4)
    output.fail(EnvError("cannot", "no time"), 4)

    assert "cannot: no room" == json.loads(capsys.readouterr().out)["error"]["text"]


def test_nobody_who_did_not_ask_gets_an_object(capsys: pytest.CaptureFixture[str]):
    Output(as_json=False).fail(EnvError("cannot", "no room"), 4)

    assert "" == capsys.readouterr().out


def test_an_error_of_ours_has_its_parts():
    error = EnvError("cannot build", "no room", expected="2 GB", next_step="vlmhb env prune")

    assert {
        "type": "EnvError",
        "text": "cannot build: no room\nExpected: 2 GB\nNext: vlmhb env prune",
        "doing": "cannot build",
        "got": "no room",
        "expected": "2 GB",
        "next_step": "vlmhb env prune",
    } == facts_of(error)


def test_problems_of_a_configuration_are_apart():
    assert ["a: wrong", "b: wrong"] == facts_of(ConfigError(("a: wrong", "b: wrong")))["issues"]


def test_of_other_errors_kind_and_text_are_told():
    assert {"type": "UsageError", "text": "no such option"} == facts_of(
        click.UsageError("no such option")
    )
    assert {"type": "KeyError", "text": "'x'"} == facts_of(KeyError("x"))
