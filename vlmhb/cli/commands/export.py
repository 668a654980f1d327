"""`vlmhb export`."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vlmhb.cli import options
from vlmhb.cli.modified import warned_of
from vlmhb.cli.terminal import say

if TYPE_CHECKING:
    from vlmhb.domain.digest import Json
    from vlmhb.exchange.export_run import Exported

ANSWERS = ("vlmeval", "vhb")
SCORED = ("parquet", "hf-eval", "eee")
TRACKED = ("mlflow", "wandb", "trackio")
RELATIONSHIPS = ("first_party", "third_party", "collaborative", "other")


@click.command()
@options.run_folder
@click.option(
    "--format",
    "form",
    type=click.Choice([*ANSWERS, *SCORED, *TRACKED]),
    required=True,
    help="vlmeval: MODEL_DATASET.xlsx and .tsv. vhb: the answers CSV and its four CSVs of metrics. "
    "parquet: samples.parquet, answers with their scores. hf-eval: .eval_results/TASK.yaml for "
    "the models' repos on the hub. eee: JSON for Every Eval Ever. mlflow, wandb, trackio: a run of "
    "that tracker for each model.",
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
    "--hub-dataset",
    "hub_datasets",
    metavar="TASK=ORG/NAME[:TASK_ID]",
    multiple=True,
    help="The benchmark of the hub that a task is, and which task of its eval.yaml (`default` "
    "without it), for hf-eval and eee. Repeatable.",
)
@click.option("--source-url", default="", help="Where the run can be seen, for hf-eval.")
@click.option("--organisation", default="", help="Who publishes the figures, for eee.")
@click.option(
    "--relationship",
    type=click.Choice(RELATIONSHIPS),
    default="other",
    show_default=True,
    help="Of the organisation to those who made the models, for eee.",
)
@click.option(
    "--project",
    default="",
    help="The tracker's project or experiment. Without it: the run's name.",
)
@click.option(
    "--replace",
    is_flag=True,
    help="Put the files in the place of others with the same names in --out, and tracked runs in "
    "the place of earlier exports of this run.",
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
    hub_datasets: tuple[str, ...],
    source_url: str,
    organisation: str,
    relationship: str,
    project: str,
    replace: bool,
    as_json: bool,
) -> int:
    """Write a run's answers and figures as other tools read them.

    Example: vlmhb export runs/20260101T120000Z_quickstart_1a2b3c4d --format vlmeval --out ours
    """
    from vlmhb.exchange.export_run import Exported, ForVhb, export_run
    from vlmhb.exchange.placing import place
    from vlmhb.store import find_run

    run_dir = find_run(folder)
    # The run's own folder holds nothing but its files, which it may have answers to add to.
    target, may_replace = out or run_dir.derived / form, replace or out is None
    if form in SCORED:
        from vlmhb.cli.scored_exports import Publication, scored_export

        said = Publication(hub_datasets, source_url, organisation, relationship)
        made = scored_export(form, run_dir, said)
        exported = Exported(place(made.contents, target, replace=may_replace), made.notes)
    elif form in TRACKED:
        from vlmhb.cli.tracked_exports import tracked_export

        exported = Exported((), tracked_export(form, run_dir, project, target, replace=replace))
    else:
        vhb = ForVhb(framework, vhb_task, not answers_only) if form == "vhb" else None
        exported = export_run(run_dir, target, vhb, replace=may_replace)
    _show(exported, warned_of(folder), as_json=as_json)
    return 0


def _show(exported: "Exported", warnings: "Sequence[Json]", *, as_json: bool) -> None:
    if as_json:
        files = [str(path) for path in exported.files]
        notes = list(exported.notes)
        options.print_json("export", {"files": files, "notes": notes, "warnings": warnings})
        return
    for path in exported.files:
        say(str(path))
    for note in exported.notes:
        say(f"note: {note}", err=True)
