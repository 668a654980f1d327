"""The one JSON object that `--json` puts on stdout, whatever happens."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from vlmhb.cli.terminal import without_secrets
from vlmhb.errors import ConfigError, Interrupted, VlmhbError

if TYPE_CHECKING:
    from vlmhb.domain.digest import Json

VERSION = 1


@dataclass(slots=True)
class Output:
    """What a command was asked to print, and whether it has. Every context holds it as `obj`."""

    as_json: bool
    is_told: bool = False
    """Whether the object is on stdout already."""

    def fail(self, error: BaseException, exit_code: int) -> None:
        """Print the error as the object, if one is wanted and there is none yet."""
        if self.as_json and not self.is_told:
            self.is_told = True
            _print("error", {"exit_code": exit_code, "error": facts_of(error)})


def print_json(kind: str, content: "Mapping[str, Json]") -> None:
    """Print the versioned object that every `--json` output is."""
    context = click.get_current_context(silent=True)
    if context is not None and isinstance(context.obj, Output):
        context.obj.is_told = True
    _print(kind, content)


def ask_for_json(context: click.Context, _param: click.Parameter, is_asked: bool) -> bool:  # noqa: FBT001 - click calls it so
    """Remember that JSON is wanted before anything can go wrong."""
    if is_asked and isinstance(context.obj, Output):
        context.obj.as_json = True
    return is_asked


def facts_of(error: BaseException) -> "dict[str, Json]":
    """What is known of an error: its kind, its text, and its parts where it has some."""
    facts: dict[str, Json] = {"type": type(error).__name__, "text": _text_of(error)}
    if isinstance(error, VlmhbError):
        facts |= {
            "doing": error.doing,
            "got": error.got,
            "expected": error.expected,
            "next_step": error.next_step,
        }
    if isinstance(error, Interrupted):
        facts |= {"signal": error.signal_name, "next_step": error.resume}
    if isinstance(error, ConfigError):
        facts["issues"] = list(error.issues)
    return {name: _public(fact) for name, fact in facts.items()}


def _public(fact: "Json") -> "Json":
    if isinstance(fact, str):
        return without_secrets(fact)
    return [_public(one) for one in fact] if isinstance(fact, list) else fact


def _text_of(error: BaseException) -> str:
    return error.format_message() if isinstance(error, click.ClickException) else str(error)


def _print(kind: str, content: "Mapping[str, Json]") -> None:
    import json

    click.echo(json.dumps({"schema_version": VERSION, "kind": kind, **content}))
