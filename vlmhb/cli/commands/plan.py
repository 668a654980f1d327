"""`vlmhb plan`."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from vlmhb.cli import document_options, options


@click.command()
@document_options.source
@document_options.documents
@options.models
@options.tasks
@options.limit
@options.filters
@document_options.device
@click.option(
    "--out",
    "-o",
    type=click.Path(path_type=Path, file_okay=False),
    help="The folder the run would use.",
)
@options.fetch
@options.ui
@options.as_json
def plan(
    *,
    source: str | None,
    documents: Path | None,
    models: tuple[str, ...] | None,
    tasks: tuple[str, ...] | None,
    limit: int | None,
    filters: tuple[str, ...],
    out: Path | None,
    fetch: bool,
    ui: str,
    as_json: bool,
    device: str,
    **about: Any,
) -> int:
    """Say what RUN would do, without doing it: envs to build, requests to send, what cannot run.

    Reads the same files in the same way as `vlmhb run`. Exits with 4 when no model can run here.
    Where a dataset is not here, says only what would be fetched: the requests follow from it.
    """
    from vlmhb.cli.absent_data import absent_of, print_absent
    from vlmhb.cli.data_progress import data_display
    from vlmhb.cli.plan_table import PlanTable
    from vlmhb.config import Device, Overrides, read_environ, read_filters, read_secrets
    from vlmhb.datasets import notes_of
    from vlmhb.env import EnvStore
    from vlmhb.pipeline import RunOptions, asked_tasks, prepare
    from vlmhb.schedule.supply.availability import Offer
    from vlmhb.system.gpus import list_gpus

    asked = document_options.asked_of(source, documents, about, models, tasks)
    places = read_environ()
    chosen = RunOptions(
        asked,
        Overrides(
            models,
            tasks,
            limit,
            filters=read_filters(filters) or None,
            device=Device(device),
        ),
        places.envs,
        places.datasets,
        places.runs,
        out=out,
    )
    absent = () if fetch else absent_of(asked_tasks(chosen), chosen.cache)
    if absent:
        print_absent(absent, as_json=as_json)
        return 0
    with data_display(ui) as shown:
        ready = prepare(replace(chosen, on_data=shown.see))
    secrets = read_secrets(name for model in ready.config.models for name in model.secrets)
    table = PlanTable.of(ready, EnvStore(places.envs), Offer(*list_gpus(), secrets))
    notes = [note for loaded in ready.tasks for note in notes_of(loaded)]
    if as_json:
        options.print_json("plan", {**table.as_json(), "notes": [*table.notes, *notes]})
    else:
        click.echo(table.as_text())
        document_options.print_notes(notes)
    return 0 if table.can_start else 4
