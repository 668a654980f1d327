"""Command lines in text, and what click says about them without running anything."""

import re
import shlex
from collections.abc import Iterator, Sequence
from itertools import dropwhile

import click

from vlmhb.cli import cli

HEREDOC = re.compile(r"(<<-?\s*)(['\"]?)(\w+)\2(.*?)\n.*?^\3$", re.MULTILINE | re.DOTALL)
ASSIGNMENT = re.compile(r"\w+=.*")
PLACEHOLDER = re.compile(r"[A-Z][A-Z0-9_,:/]*")
TYPES = (click.Choice, click.IntRange, click.FloatRange)
"""Of what a value must be; whether a file is there is not for a page to say."""


def vlmhb_lines(script: str) -> Iterator[list[str]]:
    """The words behind each `vlmhb` that a shell would run, heredocs left out."""
    script = HEREDOC.sub(r"\4", script).replace("\\\n", " ")
    for line in script.splitlines():
        for words in _commands(line):
            command = list(dropwhile(ASSIGNMENT.fullmatch, words))
            if command and command[0].rpartition("/")[2] == "vlmhb":
                yield command[1:]


def _commands(line: str) -> Iterator[list[str]]:
    lexer = shlex.shlex(line, posix=True, punctuation_chars="();<>|&")
    lexer.whitespace_split = True
    words: list[str] = []
    redirected = False
    for word in lexer:
        if set(word) <= set("<>&") and set(word) & set("<>"):
            redirected = True
        elif set(word) <= set("();|&"):
            yield words
            words = []
        elif redirected:
            redirected = False
        else:
            words.append(word)
    yield words


def misuse(words: Sequence[str]) -> str:
    """What is wrong with `vlmhb words...`; empty when nothing is."""
    command: click.Command = cli
    context = click.Context(cli, info_name="vlmhb")
    left = list(words)
    while isinstance(command, click.Group) and left and not left[0].startswith("-"):
        found = command.get_command(context, left[0])
        if found is None:
            return f"there is no command {left[0]}"
        command, left = found, left[1:]
        context = click.Context(command, parent=context, info_name=command.name)
    try:
        values, extra, _ = command.make_parser(context).parse_args(left)
    except click.UsageError as error:
        return error.format_message()
    if extra and not isinstance(command, click.Group):
        return f"one argument too many: {extra[0]}"
    return next(_wrong_values(command, context, values), "")


def _wrong_values(
    command: click.Command, context: click.Context, values: dict[str, object]
) -> Iterator[str]:
    for param in command.params:
        value = values.get(param.name or "")
        several = value if isinstance(value, list | tuple) else (value,)
        for one in several:
            if not isinstance(one, str) or not isinstance(param.type, TYPES):
                continue
            if PLACEHOLDER.fullmatch(one):
                continue
            try:
                param.type(one, param, context)
            except click.UsageError as error:
                yield error.format_message()
