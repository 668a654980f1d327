"""`vlmhb list`."""

from pathlib import Path

import click

from vlmhb.cli import options

KINDS = ("runs", "models", "tasks", "prompts", "envspecs", "metrics")


@click.command("list")
@click.argument("kind", type=click.Choice(KINDS))
@options.as_json
def list_names(*, kind: str, as_json: bool) -> int:
    """List the names a run file may use.

    Those of this folder come first, then the built-in ones.
    """
    from vlmhb.config import Kind, Library
    from vlmhb.metrics import catalog

    if kind == "metrics":
        names = catalog.names()
    else:
        names = Library.standard(Path.cwd()).names(Kind(kind.removesuffix("s")))
    if as_json:
        options.print_json("list", {kind: list(names)})
    else:
        click.echo("\n".join(names))
    return 0
