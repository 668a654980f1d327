"""`vlmhb plan`."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from vlmhb.cli import document_options, gpu_choice, options, shards
from vlmhb.cli.terminal import say
from vlmhb.domain.gpu_choice import GpuChoice
from vlmhb.domain.shard import Shard


@click.command()
@document_options.source
@options.models
@options.tasks
@options.limit
@options.filters
@shards.shard
@options.settings
@document_options.device
@click.option(
    "--out",
    "-o",
    type=click.Path(path_type=Path, file_okay=False),
    help="The folder the run would use.",
)
@click.option("--new", is_flag=True, help="Plan another run even if one can be continued.")
@options.max_workers
@gpu_choice.gpus
@options.sandbox
@options.require_sandbox
@document_options.documents
@options.fetch
@options.offline
@options.ui
@options.as_json
def plan(
    *,
    source: str | None,
    documents: Path | None,
    settings: tuple[str, ...],
    models: tuple[str, ...] | None,
    tasks: tuple[str, ...] | None,
    limit: int | None,
    filters: tuple[str, ...],
    shard: Shard | None,
    out: Path | None,
    new: bool,
    max_workers: int | None,
    gpus: GpuChoice | None,
    sandbox: str | None,
    require_sandbox: int | None,
    fetch: bool,
    offline: bool,
    ui: str,
    as_json: bool,
    device: str,
    **about: Any,
) -> int:
    """Say what RUN would do and take, without doing it.

    Envs to build, what is to be downloaded, room on each disk, memory of the GPUs, requests that
    are left, and, if an earlier run tells, how long it will take and what decides that.

    Reads the same files in the same way as `vlmhb run`, downloads nothing, and asks the hub and the
    package index for sizes only. Exits with 4 when the run cannot work here; the last line says
    why. Where a dataset is not here, the requests are not known.

    Example: vlmhb plan quickstart --offline
    """
    from vlmhb.cli.absent_data import absent_of, print_absent
    from vlmhb.cli.plan_table import PlanTable
    from vlmhb.cli.progress.data import data_display
    from vlmhb.config import Device, Overrides, read_environ, read_filters
    from vlmhb.datasets import notes_of
    from vlmhb.env import EnvStore
    from vlmhb.pipeline import RunOptions, configured, prepare
    from vlmhb.pipeline.outlook import ahead_of, ahead_without_data

    if new and out is not None:
        raise click.UsageError("--new chooses a new folder by itself; leave out --new or --out")
    asked = document_options.asked_of(source, documents, about, models, tasks)
    places = read_environ()
    chosen = RunOptions(
        asked,
        Overrides(
            models,
            tasks,
            limit,
            max_workers,
            read_filters(filters) or None,
            Device(device),
            settings,
            options.from_variables(),
            sandbox=sandbox,
            require_sandbox=require_sandbox,
            shard=shard,
            gpus=gpus,
        ),
        places.envs,
        places.datasets,
        places.runs,
        out=out,
        new=new,
        offline=offline,
    )
    config = configured(chosen)
    absent = () if fetch and not offline else absent_of(config.tasks, chosen.cache)
    if absent:
        outlook = ahead_without_data(config, absent, chosen)
        print_absent(absent, outlook, as_json=as_json)
        return 0 if outlook.can_run else 4
    with data_display(ui) as shown:
        ready = prepare(replace(chosen, on_data=shown.see))
    outlook = ahead_of(ready, chosen)
    table = PlanTable.of(ready, EnvStore(places.envs), outlook)
    notes = [note for loaded in ready.tasks for note in notes_of(loaded)]
    if as_json:
        options.print_json("plan", {**table.as_json(), "notes": [*table.notes, *notes]})
    else:
        document_options.print_notes(notes)
        say(table.as_text())
    return 0 if outlook.can_run else 4
