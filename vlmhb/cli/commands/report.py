"""`vlmhb report`."""

from pathlib import Path

import click

from vlmhb.cli import options


@click.command()
@options.run_folder
@options.per_document_json
@options.as_json
def report(*, folder: Path, per_document_json: bool, as_json: bool) -> int:
    """Make every document of a run again.

    Tables, workbook, Markdown and report.html, from the journal in RUN_FOLDER alone.
    """
    from vlmhb.cli.summary import print_results, print_undecided
    from vlmhb.report import read_results, write_report
    from vlmhb.store import find_run

    run_dir = find_run(folder)
    results = read_results(run_dir)
    written = write_report(results, run_dir.derived, per_document_json=per_document_json)
    print_results("report", results, written, as_json=as_json)
    print_undecided(results, run_dir.path)
    return 0
