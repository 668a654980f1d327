"""`vlmhb report`."""

from pathlib import Path

import click

from vlmhb.cli import options, price


@click.command()
@options.run_folder
@options.per_document_json
@options.embed_images
@price.price_per_hour
@options.as_json
def report(
    *,
    folder: Path,
    per_document_json: bool,
    embed_images: bool | None,
    price_per_hour: float | None,
    as_json: bool,
) -> int:
    """Make every document of a run again.

    Tables, workbook, Markdown and report.html, from RUN_FOLDER alone.
    """
    from vlmhb.cli.summary import print_results, print_undecided
    from vlmhb.report import read_results, write_report
    from vlmhb.store import find_run, keep_price
    from vlmhb.system.chart_drawer import ChartDrawer

    run_dir = find_run(folder)
    if price_per_hour is not None:
        keep_price(run_dir, price_per_hour)
    with ChartDrawer() as drawer:
        drawer.start()
        results = read_results(run_dir)
        written = write_report(
            results,
            run_dir.derived,
            per_document_json=per_document_json,
            embed_images=embed_images,
            drawer=drawer,
        )
    print_results("report", results, written, folder, as_json=as_json)
    print_undecided(results, run_dir.path)
    return 0
