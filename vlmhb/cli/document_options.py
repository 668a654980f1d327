"""Options for a run of a folder of documents, which needs no run file."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from vlmhb.cli import completion

if TYPE_CHECKING:
    from vlmhb.config import Documents

_Command = TypeVar("_Command", bound=Callable[..., Any])

source = click.argument(
    "source", metavar="[RUN]", required=False, shell_complete=completion.run_files
)
device = click.option(
    "--device",
    type=click.Choice(["auto", "cpu", "cuda"]),
    default="auto",
    show_default=True,
    help="Which variant of the models' envs is used; auto takes a GPU where there is one for it.",
)

_DOCUMENTS = click.option(
    "--documents",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Instead of RUN: ask about the PDF, TIFF, JPEG, PNG, WEBP and BMP files in this folder.",
)
_ABOUT = (
    click.option("--prompt", help="With --documents: what to ask. By default, for all the text."),
    click.option("--system-prompt", help="With --documents: said before the prompt."),
    click.option(
        "--max-pages",
        type=click.IntRange(min=1, max=10_000),
        help="With --documents: only the first so many pages of each.",
    ),
    click.option(
        "--dpi",
        type=click.IntRange(min=1, max=1200),
        help="With --documents: how fine PDF pages are rendered. By default 200.",
    ),
    click.option(
        "--pages",
        type=click.Choice(["each", "together"]),
        help="With --documents: ask about each page, the default, or about all pages of a document "
        "at once.",
    ),
    click.option(
        "--expected",
        type=click.Choice(["auto", "text", "json", "none"]),
        help="With --documents: which files beside the documents hold the truth. By default those "
        "that are there: NAME.txt or NAME.md, or NAME.json.",
    ),
    click.option(
        "--max-new-tokens",
        type=click.IntRange(min=1),
        help="With --documents: where an answer is cut off. By default after 2048.",
    ),
)


def documents(command: _Command) -> _Command:
    """The command with `--documents` and what goes with it."""
    for option in reversed((_DOCUMENTS, *_ABOUT)):
        command = option(command)
    return command


def asked_of(
    source: str | None,
    folder: Path | None,
    about: Mapping[str, Any],
    models: tuple[str, ...] | None,
    tasks: tuple[str, ...] | None,
) -> "Documents | str":
    """The run file that is named, or what is asked about a folder of documents.

    Raises:
        UsageError: the options do not go together.
    """
    from vlmhb.config import Documents

    given = {name: value for name, value in about.items() if value is not None}
    if folder is None:
        if given:
            option = "--" + min(given).replace("_", "-")
            raise click.UsageError(f"{option} goes with --documents only")
        if source is None:
            raise click.UsageError("missing RUN, the name or path of a run file, or --documents")
        return source
    if source is not None:
        raise click.UsageError("--documents takes the place of RUN; leave out one of them")
    if tasks is not None:
        raise click.UsageError("--documents makes a task of its own; leave out --tasks")
    if models is None:
        raise click.UsageError("--documents needs --models: who is asked about them")
    return Documents(folder, **given)


def print_notes(notes: Sequence[str]) -> None:
    """What was left out or not used, on stderr."""
    from vlmhb.cli.terminal import printable

    for note in notes:
        click.echo(printable(f"note: {note}"), err=True)
