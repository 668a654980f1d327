"""`vlmhb merge`."""

from pathlib import Path

import click

from vlmhb.cli import completion, options


@click.command()
@click.argument(
    "runs",
    metavar="RUN RUN...",
    nargs=-1,
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    shell_complete=completion.run_folders,
)
@click.option(
    "--out",
    "-o",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="The folder of the merged run; it must be empty or not there.",
)
@options.ui
@options.as_json
def merge(*, runs: tuple[Path, ...], out: Path, ui: str, as_json: bool) -> int:
    """Make one run of several: other models, tasks or samples.

    The new folder has the models, tasks, samples and answers of every RUN, finished or not, each
    answer once, and is scored, reported, compared and exported like any other. Runs that
    contradict each other are refused, and everything in which they do is named. Shards of one run
    (`vlmhb run --shard`) become that run.

    Exit codes: 0 every sample has an answer; 3 some have none in any run, or shards are missing,
    and are named; 2 the runs cannot be merged, and nothing is written.

    Example: vlmhb merge runs/pod1 runs/pod2 runs/pod3 --out runs/all
    """
    from vlmhb.cli.merged import Lacking, print_merged
    from vlmhb.cli.progress.data import data_display
    from vlmhb.domain.data_step import DataStep
    from vlmhb.merging import check_place, missing_of, missing_shards, read_parts, write_merged
    from vlmhb.merging import merge as put_together

    check_place(out, runs)
    with data_display(ui) as display:
        display.see(DataStep(f"reading {len(runs)} runs"))
        parts = read_parts(runs)
        together = put_together(parts)
        run_dir, results = write_merged(
            together, parts, out, lambda stage: display.see(DataStep(stage))
        )
    missing = Lacking(missing_of(together), missing_shards(parts))
    code = 3 if missing else 0
    print_merged(together, missing, run_dir, results, code, as_json=as_json)
    return code
