"""`vlmhb list`."""

from pathlib import Path

import click

from vlmhb.cli import options
from vlmhb.cli.terminal import say

NAMED = ("models", "tasks", "prompts", "envspecs", "run-files")
"""Kinds that are a name each; the others have more to tell."""
KINDS = ("runs", *NAMED, "datasets", "metrics", "envs")


@click.command("list")
@click.argument("kind", type=click.Choice(KINDS))
@options.as_json
def list_names(*, kind: str, as_json: bool) -> int:
    """List runs, or the names of what there is.

    `runs` are the folders of runs (VLMHB_RUNS, else ./runs), the newest first; `run-files` what
    `vlmhb run` takes. Names of this folder and the built-in ones are sorted together. `envs` are
    those that are built, as in `vlmhb env list`; `envspecs` what they are built from.
    """
    show = {"runs": _runs, "datasets": _datasets, "envs": _envs}.get(kind)
    if show is not None:
        show(as_json=as_json)
        return 0
    names = _names(kind)
    if as_json:
        options.print_json("list", {kind: list(names)})
    else:
        say("\n".join(names))
    return 0


def _names(kind: str) -> tuple[str, ...]:
    from vlmhb.config import Kind, Library
    from vlmhb.metrics import catalog

    if kind == "metrics":
        return catalog.names()
    return Library.standard(Path.cwd()).names(Kind(kind.removesuffix("s").removesuffix("-file")))


def _runs(*, as_json: bool) -> None:
    from vlmhb.cli.listed import run_json, run_lines
    from vlmhb.cli.terminal import printable
    from vlmhb.config import read_environ
    from vlmhb.store.listed import list_runs

    folder = read_environ().runs
    runs = list_runs(folder)
    if as_json:
        options.print_json("list", {"runs": [run_json(run) for run in runs]})
    elif runs:
        click.echo(printable("\n".join(run_lines(runs))))
    else:
        click.echo(printable(f"no runs in {folder}"))


def _datasets(*, as_json: bool) -> None:
    from vlmhb.cli.columns import aligned
    from vlmhb.cli.listed import DATASET_HEADINGS, list_datasets
    from vlmhb.cli.terminal import printable
    from vlmhb.config import read_environ
    from vlmhb.datasets.cache import DatasetCache

    listed, problems = list_datasets(DatasetCache(read_environ().datasets, offline=True))
    for problem in problems:
        click.echo(printable(f"left out: {problem}"), err=True)
    if as_json:
        options.print_json("list", {"datasets": [dataset.as_json() for dataset in listed]})
    else:
        rows = aligned([DATASET_HEADINGS, *(dataset.cells() for dataset in listed)], ())
        click.echo(printable("\n".join(rows)))


def _envs(*, as_json: bool) -> None:
    from vlmhb.cli.envs.table import EnvTable
    from vlmhb.config import read_environ

    table = EnvTable.of(read_environ().envs)
    if as_json:
        options.print_json("list", table.as_json())
    else:
        say(table.as_text())
