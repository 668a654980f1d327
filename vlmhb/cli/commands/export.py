"""`vlmhb export`."""

from pathlib import Path

import click

from vlmhb.cli import options


@click.command()
@options.run_folder
@click.option(
    "--format",
    "form",
    type=click.Choice(["vlmeval", "vhb"]),
    required=True,
    help="vlmeval: MODEL_DATASET.xlsx and .tsv. vhb: the answers CSV and its four CSVs of metrics.",
)
@click.option(
    "--out",
    "-o",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write into this folder. Without it: RUN_FOLDER/derived/FORMAT.",
)
@click.option(
    "--framework", default="vlmhb", show_default=True, help="What VLMHyperBench's names say."
)
@click.option(
    "--vhb-task", default="VQA", show_default=True, help="The task in VLMHyperBench's names."
)
@click.option("--answers-only", is_flag=True, help="Leave out VLMHyperBench's metrics.")
@click.option(
    "--replace",
    is_flag=True,
    help="Put the files in the place of others with the same names in --out.",
)
@options.as_json
def export(
    *,
    folder: Path,
    form: str,
    out: Path | None,
    framework: str,
    vhb_task: str,
    answers_only: bool,
    replace: bool,
    as_json: bool,
) -> int:
    """Write a run's answers as other tools read them.

    Example: vlmhb export runs/20260101T120000Z_quickstart_1a2b3c4d --format vlmeval --out ours
    """
    from vlmhb.exchange.export_run import ForVhb, export_run
    from vlmhb.store import find_run

    run_dir = find_run(folder)
    vhb = ForVhb(framework, vhb_task, not answers_only) if form == "vhb" else None
    # The run's own folder holds nothing but its files, which it may have answers to add to.
    exported = export_run(
        run_dir, out or run_dir.derived / form, vhb, replace=replace or out is None
    )
    if as_json:
        files = [str(path) for path in exported.files]
        options.print_json("export", {"files": files, "notes": list(exported.notes)})
        return 0
    for path in exported.files:
        click.echo(str(path))
    for note in exported.notes:
        click.echo(f"note: {note}", err=True)
    return 0
