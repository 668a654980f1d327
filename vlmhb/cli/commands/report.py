"""`vlmhb score` and `vlmhb report`."""

from pathlib import Path

import click

from vlmhb.cli import options


@click.command()
@options.run_folder
@options.as_json
def score(*, folder: Path, as_json: bool) -> int:
    """Compute the metrics of a run again.

    From the journal in RUN_FOLDER alone: writes answers.csv, scores.csv, metrics.csv and
    results.json. Needs no GPU, no env, no dataset.
    """
    from vlmhb.cli.summary import print_results
    from vlmhb.report import read_results, write_tables
    from vlmhb.store import find_run

    run_dir = find_run(folder)
    results = read_results(run_dir)
    written = write_tables(results, run_dir.derived)
    print_results("score", results, written, as_json=as_json)
    return 0


@click.command()
@options.run_folder
@options.as_json
def report(*, folder: Path, as_json: bool) -> int:
    """Make every document of a run again.

    Tables, workbook, Markdown and report.html, from the journal in RUN_FOLDER alone.
    """
    from vlmhb.cli.summary import print_results
    from vlmhb.report import read_results, write_report
    from vlmhb.store import find_run

    run_dir = find_run(folder)
    results = read_results(run_dir)
    written = write_report(results, run_dir.derived)
    print_results("report", results, written, as_json=as_json)
    return 0
