"""The options of all commands: what they are called, and the variables that set them."""

import re
from collections import Counter
from pathlib import Path

import click
import pytest
from click.core import ParameterSource

from tests.contract.test_json_output import commands
from tests.workspace import Workspace
from vlmhb.cli import cli
from vlmhb.cli.sections import SECTIONS

PLACES = {"VLMHB_ENVS", "VLMHB_RUNS", "VLMHB_DATASETS"}
SAME = {
    "-m": {"--models", "--model"},
    "-t": {"--tasks", "--task"},
    "-o": {"--out"},
}
"""Short option -> the long ones it may stand for."""
ALL = [(name, param) for name, command in commands() for param in command.params]
OPTIONS = [(name, param) for name, param in ALL if isinstance(param, click.Option)]


def test_each_option_has_a_variable_named_after_it():
    for name, option in OPTIONS:
        words = [*name.split(), option.opts[0].removeprefix("--")]

        assert "VLMHB_" + "_".join(words).replace("-", "_").upper() == option.envvar


def test_no_two_options_share_a_variable_and_none_says_where_things_are():
    names = Counter(str(option.envvar) for _, option in OPTIONS)

    assert [] == [name for name, count in names.items() if count > 1 or name in PLACES]


def test_a_short_option_means_the_same_everywhere():
    for name, option in OPTIONS:
        for short in set(option.opts) & set(SAME):
            assert SAME[short] & set(option.opts), (name, short)


def test_an_option_of_one_name_has_one_help():
    """`--offline` is not to mean something else in another command."""
    helps: dict[str, set[str]] = {}
    for _, option in OPTIONS:
        for word in ("--offline", "--json", "--ui", "--limit", "--filter", "--set", "--gpus"):
            if word in option.opts:
                helps.setdefault(word, set()).add(str(option.help))

    assert [] == [word for word, texts in helps.items() if len(texts) > 1]


def test_a_variable_sets_an_option_and_what_is_typed_goes_before_it(workspace: Workspace):
    by_variable = workspace.vlmhb("plan", "run", "--json", "--offline", VLMHB_PLAN_LIMIT="2")
    typed = workspace.vlmhb(
        "plan", "run", "--json", "--offline", "--limit", "3", VLMHB_PLAN_LIMIT="2"
    )

    assert [2, 3] == [end.json["tasks"][0]["samples"] for end in (by_variable, typed)]


def test_a_variable_that_is_wrong_is_named(workspace: Workspace):
    end = workspace.vlmhb("plan", "run", VLMHB_PLAN_LIMIT="none")

    assert 2 == end.code
    assert "--limit" in end.err


def test_names_may_be_given_with_commas_and_again():
    command = cli.commands["plan"]

    context = command.make_context("plan", ["x", "--model", "a,b", "-m", "c", "--models", "a"])

    assert ("a", "b", "c") == context.params["models"]
    assert ParameterSource.COMMANDLINE is context.get_parameter_source("models")
    assert None is command.make_context("plan", ["x"]).params["models"]


def test_help_has_every_command_under_a_heading():
    named = [name for names in SECTIONS.values() for name in names]

    assert sorted(cli.commands) == sorted(named)


@pytest.mark.parametrize("group", ["", "env", "models"])
def test_no_line_of_help_is_cut(group: str):
    """A list of commands fits 80 columns, as terminals are at least."""
    command = cli.commands[group] if group else cli
    context = click.Context(command, info_name="vlmhb", terminal_width=80)

    listed = command.get_help(context).partition("Options:")[2]

    assert not re.search(r"\.\.\.$", listed, re.MULTILINE)


def test_the_guide_describes_every_choice_of_ui():
    guide = Path(__file__).parents[2] / "docs/guide/command-line.md"
    (option,) = (o for name, o in OPTIONS if name == "run" and "--ui" in o.opts)
    assert isinstance(option.type, click.Choice)

    described = re.findall(r"^\| `(\w+)` \|", guide.read_text("utf-8"), re.MULTILINE)

    assert set() == set(option.type.choices) - set(described)
