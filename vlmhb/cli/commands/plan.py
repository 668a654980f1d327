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
    from vlmhb.config import Overrides, read_environ, read_secrets
    from vlmhb.env import EnvStore
    from vlmhb.pipeline import RunOptions, prepare
    from vlmhb.schedule.supply.availability import Offer
    from vlmhb.system.gpus import list_gpus

    places = read_environ()
    chosen = RunOptions(
        source, Overrides(models, tasks, limit), places.envs, places.datasets, places.runs, out=out
    )
    ready = prepare(chosen)
    secrets = read_secrets(name for model in ready.config.models for name in model.secrets)
    table = PlanTable.of(ready, EnvStore(places.envs), Offer(*list_gpus(), secrets))
    if as_json:
        options.print_json("plan", table.as_json())
    else:
        click.echo(table.as_text())
    return 0 if table.can_start else 4
