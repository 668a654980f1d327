"""`vlmhb plan`."""

from pathlib import Path

import click

from vlmhb.cli import options


@click.command()
@options.source
@options.models
@options.tasks
@options.limit
@click.option(
    "--out",
    "-o",
    type=click.Path(path_type=Path, file_okay=False),
    help="The folder the run would use.",
)
@options.as_json
def plan(
    *,
    source: str,
    models: tuple[str, ...] | None,
    tasks: tuple[str, ...] | None,
    limit: int | None,
    out: Path | None,
    as_json: bool,
) -> int:
    """Say what RUN would do, without doing it: envs to build, requests to send, what cannot run.

    Reads the same files in the same way as `vlmhb run`. Exits with 4 when no model can run here.
    """
    from vlmhb.cli.plan_table import PlanTable
    from vlmhb.config import Overrides, read_environ
    from vlmhb.env import EnvStore
    from vlmhb.pipeline import RunOptions, prepare

    places = read_environ()
    chosen = RunOptions(source, Overrides(models, tasks, limit), places.envs, places.runs, out=out)
    table = PlanTable.of(prepare(chosen), EnvStore(places.envs))
    if as_json:
        options.print_json("plan", table.as_json())
    else:
        click.echo(table.as_text())
    return 0 if table.can_start else 4
