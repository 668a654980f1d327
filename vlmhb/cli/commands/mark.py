"""`vlmhb mark`."""

from pathlib import Path

import click

from vlmhb.cli import completion, options
from vlmhb.domain.decision import Decided

NOTE_CHARS = 2000
"""Enough to say why; what is longer belongs into a document of its own."""


@click.command()
@options.run_folder
@click.argument("model", shell_complete=completion.models)
@click.argument("decision", type=click.Choice([state.value for state in Decided]))
@click.option("--note", default="", help=f"Why, in at most {NOTE_CHARS:,} characters.")
@options.as_json
def mark(*, folder: Path, model: str, decision: str, note: str, as_json: bool) -> int:
    """Write down what was decided about a model of a run.

    The decision and its note are kept in the run folder and shown beside the model in the
    leaderboard and in every document, which are made again. A later mark takes the place of an
    earlier one, which stays in decisions.json. Ranks and figures do not change.

    Example: vlmhb mark runs/20260101T120000Z_quickstart_1a2b3c4d qwen-vl-7b chosen --note "best on
    totals"
    """
    from vlmhb.cli.summary import print_results
    from vlmhb.domain.decision import Decision
    from vlmhb.errors import UsageError
    from vlmhb.report import read_results, write_report
    from vlmhb.report.text import encodable
    from vlmhb.store import decide, find_run
    from vlmhb.system.clock import utc_now

    if len(note) > NOTE_CHARS:
        raise UsageError(
            f"cannot mark {model}",
            f"the note has {len(note):,} characters",
            expected=f"at most {NOTE_CHARS:,}",
        )
    run_dir = find_run(folder)
    decide(run_dir, Decision(model, Decided(decision), encodable(note), utc_now()))
    results = read_results(run_dir)
    written = write_report(results, run_dir.derived)
    print_results("mark", results, written, folder, as_json=as_json)
    return 0
