"""`vlmhb score`."""

from pathlib import Path

import click

from vlmhb.cli import completion, options


@click.command()
@options.run_folder
@click.option(
    "--metrics",
    type=options.NameList(),
    shell_complete=completion.in_list(completion.metric_names),
    help="Score with these instead of the tasks' own, from now on; `tasks` goes back to those.",
)
@click.option(
    "--judge",
    "judge_model",
    metavar="MODEL",
    shell_complete=completion.models,
    help="Ask this model for the verdicts that metrics such as `judge` need; it is asked once.",
)
@options.offline
@options.ui
@options.as_json
def score(
    *,
    folder: Path,
    metrics: tuple[str, ...] | None,
    judge_model: str | None,
    offline: bool,
    ui: str,
    as_json: bool,
) -> int:
    """Compute the metrics of a run again.

    From the journal in RUN_FOLDER alone: writes answers.csv, scores.csv, metrics.csv, pivot.csv
    and results.json, and removes a report.html, results.md and results.xlsx that show other
    figures. Needs no GPU, no env, no dataset; only a judge needs its own env.

    Example: vlmhb score runs/20260101T120000Z_quickstart_1a2b3c4d --metrics cer_norm,wer_norm
    """
    from vlmhb.cli.progress.display import display
    from vlmhb.cli.progress.harmless import HarmlessDisplay
    from vlmhb.cli.summary import print_judging, print_removed, print_results, print_undecided
    from vlmhb.config import read_environ
    from vlmhb.env import EnvStore
    from vlmhb.report import read_results, write_tables
    from vlmhb.rescoring import Judge, Judging, rescore
    from vlmhb.store import find_run

    run_dir = find_run(folder)
    judging: Judging | None = None
    if metrics or judge_model:

        def ask(judge: Judge, questions: tuple[str, ...]) -> Judging:
            store = EnvStore(read_environ().envs, offline=offline)
            with HarmlessDisplay(display(ui)) as observer:
                return judge.ask(run_dir, questions, store, observer)

        judging = rescore(run_dir, metrics, Judge.named(judge_model) if judge_model else None, ask)
    results = read_results(run_dir)
    written = write_tables(results, run_dir.derived)
    print_results("score", results, written.files, folder, as_json=as_json)
    print_removed(written.removed)
    if judging is not None:
        print_judging(judging)
    else:
        print_undecided(results, run_dir.path)
    return 3 if judging is not None and judging.unanswered else 0
