"""What `vlmhb import` is given and what it says."""

from collections.abc import Sequence
from pathlib import Path

import click

from vlmhb.cli.envelope import print_json
from vlmhb.cli.picked import left_out_line
from vlmhb.cli.summary import print_undecided
from vlmhb.cli.terminal import say
from vlmhb.domain.digest import Json
from vlmhb.domain.results import Results
from vlmhb.exchange.import_run import Imported
from vlmhb.report import leaderboard, render_text

_MOST_IDS = 12


def files_of(
    file: Path | None, model: str | None, several: Sequence[str]
) -> list[tuple[str, Path]]:
    """(model, file) of everything named on the command line."""
    found = [(model or file.stem, file)] if file else []
    for text in several:
        name, equals, path = text.partition("=")
        if not (name and equals and path):
            raise click.UsageError(f"--answers {text}: expected NAME=FILE")
        found.append((name, Path(path)))
    if not found:
        raise click.UsageError("name a file of answers: ANSWERS, or --answers NAME=FILE")
    if model and not file:
        raise click.UsageError("--model names the model of ANSWERS, and there is none")
    return found


def print_imported(imported: Imported, results: Results, *, as_json: bool) -> None:
    """What was found for each model, which samples have no answer, and the leaderboard."""
    print_undecided(results, imported.run_dir.path)
    if as_json:
        models: list[Json] = [
            {
                "model": model.model,
                "answered": model.answered,
                "failed": model.failed,
                "missing": list(model.missing),
            }
            for model in imported.models
        ]
        print_json("import", {"folder": str(imported.run_dir.path), "models": models})
        return
    say(render_text(leaderboard(results)))
    for model in imported.models:
        say(
            f"{model.model}: {model.answered} answers, {model.failed} failed, "
            f"{len(model.missing)} samples not answered"
        )
        if model.missing:
            more = ", ..." if len(model.missing) > _MOST_IDS else ""
            say(f"  not answered: {', '.join(model.missing[:_MOST_IDS])}{more}")
    if left_out := left_out_line(results.tasks):
        say(f"left out: {left_out}")
    say(f"report: {imported.run_dir.derived / 'report.html'}")
