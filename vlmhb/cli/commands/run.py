"""`vlmhb run`."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from vlmhb.cli import document_options, errors_limit, gpu_choice, options, price, shards
from vlmhb.domain.error_limit import ErrorLimit
from vlmhb.domain.executor import ExecutorKind
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
@options.max_workers
@options.prefetch
@gpu_choice.gpus
@options.sandbox
@options.require_sandbox
@document_options.device
@click.option(
    "--isolation",
    type=click.Choice(["venv"]),
    default="venv",
    show_default=True,
    help="What keeps the models' dependencies apart.",
)
@click.option(
    "--executor",
    type=click.Choice([kind.value for kind in ExecutorKind]),
    default=ExecutorKind.LOCAL.value,
    show_default=True,
    help="Where models run: on this machine, or on the nodes of the Ray cluster that RAY_ADDRESS "
    "names or that this machine belongs to (needs vlmhb[ray] on all of them).",
)
@click.option(
    "--out",
    "-o",
    type=click.Path(path_type=Path, file_okay=False),
    help="Keep the run in this folder. Without it: runs/<time>_<name>_<id>, and the newest "
    "folder with the same questions is continued.",
)
@click.option(
    "--new", is_flag=True, help="Start another run even if one can be continued; not with --out."
)
@options.per_document_json
@options.embed_images
@price.price_per_hour
@errors_limit.max_errors
@click.option(
    "--full-disk-wait",
    "full_disk_wait_s",
    type=click.FloatRange(min=0, max=86_400),
    metavar="SECONDS",
    default=600.0,
    show_default=True,
    help="How long answers wait in memory for room on a full disk, while models stay loaded.",
)
@document_options.documents
@options.offline
@options.ui
@options.as_json
def run(
    *,
    source: str | None,
    documents: Path | None,
    isolation: str,  # noqa: ARG001 - there is one so far, and click has checked it
    settings: tuple[str, ...],
    models: tuple[str, ...] | None,
    tasks: tuple[str, ...] | None,
    limit: int | None,
    filters: tuple[str, ...],
    shard: Shard | None,
    max_workers: int | None,
    prefetch: int | None,
    gpus: GpuChoice | None,
    sandbox: str | None,
    require_sandbox: int | None,
    executor: str,
    out: Path | None,
    new: bool,
    per_document_json: bool,
    embed_images: bool | None,
    price_per_hour: float | None,
    max_errors: ErrorLimit | None,
    full_disk_wait_s: float,
    offline: bool,
    ui: str,
    as_json: bool,
    device: str,
    **about: Any,
) -> int:
    """Evaluate models on tasks.

    RUN is a run file, or the name of one in ./configs/runs or built in; or VLMHyperBench's
    user_config.csv. With --documents there is none: the models are asked about the files in a
    folder.

    Builds each model's env if needed, asks what is not answered yet, scores and reports. The same
    command again continues a run that was stopped.

    Example: vlmhb run quickstart --models tesseract-psm4,rapidocr-ppocrv6 --limit 20
    """
    from vlmhb import pipeline
    from vlmhb.cli.progress.display import display
    from vlmhb.cli.progress.harmless import HarmlessDisplay
    from vlmhb.cli.terminal import may_be_gone
    from vlmhb.config import Device, Overrides, read_environ, read_filters
    from vlmhb.datasets import notes_of

    if new and out is not None:
        raise click.UsageError("--new chooses a new folder by itself; leave out --new or --out")
    asked = document_options.asked_of(source, documents, about, models, tasks)
    places = read_environ()
    chosen = pipeline.RunOptions(
        source=asked,
        overrides=Overrides(
            models,
            tasks,
            limit,
            max_workers,
            read_filters(filters) or None,
            Device(device),
            settings,
            options.from_variables(),
            max_errors,
            sandbox,
            require_sandbox,
            shard,
            gpus,
            prefetch,
        ),
        envs=places.envs,
        datasets=places.datasets,
        runs=places.runs,
        out=out,
        new=new,
        offline=offline,
        per_document_json=per_document_json,
        embed_images=embed_images,
        price_per_hour=price_per_hour,
        full_disk_wait_s=full_disk_wait_s,
        executor=ExecutorKind(executor),
    )
    with HarmlessDisplay(display(ui)) as observer:
        end = pipeline.run(replace(chosen, on_data=observer.see_data), observer)
    from vlmhb.cli.summary import print_end  # what reports need is loaded while models answer

    with may_be_gone():
        document_options.print_notes(
            [note for loaded in end.results.tasks for note in notes_of(loaded)]
        )
        print_end(end, as_json=as_json)
    if end.delivered is not None and end.delivered.error is not None:
        raise end.delivered.error
    return end.exit_code
