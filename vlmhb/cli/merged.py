"""What `vlmhb merge` says."""

from collections.abc import Sequence

from vlmhb.cli.envelope import print_json
from vlmhb.cli.picked import left_out_line, notes_of
from vlmhb.cli.summary import failures, print_undecided
from vlmhb.cli.terminal import say
from vlmhb.domain.digest import Json
from vlmhb.domain.results import Results
from vlmhb.merging import Missing, Together
from vlmhb.report import leaderboard, render_text
from vlmhb.store import MergedPart, RunDir

_MOST_IDS = 12


def print_merged(
    together: Together,
    missing: Sequence[Missing],
    run_dir: RunDir,
    results: Results,
    code: int,
    *,
    as_json: bool,
) -> None:
    """The leaderboard, what each part brought and what no part has an answer to."""
    for note in together.notes:
        say(f"note: {note}", err=True)
    print_undecided(results, run_dir.path)
    if as_json:
        print_json("merge", _facts(together, missing, run_dir, results, code))
        return
    say(render_text(leaderboard(results)))
    for part in together.recorded.manifest.parts:
        say(_part_line(part))
    if together.repeated or together.superseded:
        say(
            f"in several runs: {together.repeated:,} that say the same, "
            f"{together.superseded:,} failed in one and answered in another"
        )
    for one in missing:
        _print_missing(one)
    if left_out := left_out_line(results.tasks):
        say(f"left out: {left_out}")
    for note in notes_of(results.tasks):
        say(f"note: {note}")
    say(f"report: {run_dir.derived / 'report.html'}")


def _part_line(part: MergedPart) -> str:
    brought = f"{', '.join(part.models)} on {', '.join(part.tasks)}"
    failed = f", {part.failed:,} failed" if part.failed else ""
    return f"{part.folder}: {brought}, {part.answered:,} answers{failed}"


def _print_missing(one: Missing) -> None:
    name = f"{one.model} on {one.task}"
    if one.unavailable:
        say(f"{name}: could not be evaluated: {one.unavailable}")
    for what, ids in (("not answered in any run", one.not_answered), ("failed", one.failed)):
        if ids:
            more = ", ..." if len(ids) > _MOST_IDS else ""
            count = f"{len(ids):,} sample{'s' if len(ids) > 1 else ''}"
            say(f"{name}: {count} {what}: {', '.join(ids[:_MOST_IDS])}{more}")


def _facts(
    together: Together,
    missing: Sequence[Missing],
    run_dir: RunDir,
    results: Results,
    code: int,
) -> dict[str, Json]:
    failed = failures(results)
    return {
        "folder": str(run_dir.path),
        "results": str(run_dir.derived / "results.json"),
        "exit_code": code,
        "answered": len(together.recorded.outcomes) - sum(failed.values()),
        "failed": failed,
        "unavailable": dict(results.unavailable),
        "repeated": together.repeated,
        "superseded": together.superseded,
        "parts": [
            {
                "folder": part.folder,
                "run": part.run,
                "short_id": part.short_id,
                "models": list(part.models),
                "tasks": list(part.tasks),
                "samples": part.samples,
                "answered": part.answered,
                "failed": part.failed,
            }
            for part in together.recorded.manifest.parts
        ],
        "missing": [
            {
                "model": one.model,
                "task": one.task,
                "not_answered": list(one.not_answered),
                "failed": list(one.failed),
            }
            for one in missing
        ],
        "notes": list(together.notes),
    }
