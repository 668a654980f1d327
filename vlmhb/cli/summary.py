"""What `run`, `score` and `report` print when they are done."""

import shlex
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import click

from vlmhb.cli.envelope import print_json
from vlmhb.cli.modified import warned_of
from vlmhb.cli.picked import left_out_line, notes_of
from vlmhb.cli.shards import empty_notes
from vlmhb.cli.terminal import say
from vlmhb.domain.answer import FailedAnswer
from vlmhb.domain.digest import Json
from vlmhb.domain.results import Results
from vlmhb.metrics.judge.judged import NO_VERDICT
from vlmhb.pipeline import RunEnd
from vlmhb.report import leaderboard, render_text
from vlmhb.report.figures.cost_table import cost_words
from vlmhb.report.figures.costs import model_costs
from vlmhb.report.figures.occupancy import busy_words, occupancies
from vlmhb.rescoring import Judging
from vlmhb.store import Segment

WORTH_EXPLAINING_S = 2.0


def print_end(end: RunEnd, *, as_json: bool) -> None:
    """The leaderboard, what failed, where everything is and how long it took."""
    for note in end.delivered.notes if end.delivered else ():
        say(f"note: {note}", err=True)
    print_undecided(end.results, end.run_dir.path)
    if as_json:
        print_json("run", _facts(end))
        return
    click.echo()
    say(render_text(leaderboard(end.results)))
    if left_out := left_out_line(end.results.tasks):
        say(f"left out: {left_out}")
    for note in (*notes_of(end.results.tasks), *empty_notes(end.results.tasks, end.shard)):
        say(f"note: {note}")
    say(f"report: {end.run_dir.derived / 'report.html'}")
    for path in end.delivered.files if end.delivered else ():
        say(f"for VLMHyperBench: {path}")
    say("time: " + ", ".join(f"{name} {s:.1f} s" for name, s in end.stages_s.items()))
    if end.segment is not None and end.stages_s["answer"] >= WORTH_EXPLAINING_S:
        _explain(end.segment)
        _print_costs(end.results)


def _print_costs(results: Results) -> None:
    words = {cost.model: cost_words(cost) for cost in model_costs(results)}
    told = "; ".join(f"{model} {text}" for model, text in words.items() if text)
    if told:
        say(f"      measured: {told}")
    if where := busy_words(occupancies(results.telemetry)):
        say(f"      {where}")


def _explain(segment: Segment) -> None:
    say(f"      while answering: last env ready after {segment.envs_ready_s:.1f} s")
    if segment.workers:
        loads = ", ".join(f"{worker.model} {worker.load_s:.1f} s" for worker in segment.workers)
        say(f"      models loaded in: {loads}")


def failures(results: Results) -> dict[str, int]:
    """Failed requests by model, only where there are any."""
    counts = {
        model: sum(isinstance(results.outcomes.get(r.id), FailedAnswer) for r in requests)
        for model, requests in results.plan.requests.items()
    }
    return {model: count for model, count in counts.items() if count}


def _facts(end: RunEnd) -> dict[str, Json]:
    failed = failures(end.results)
    return {
        "folder": str(end.run_dir.path),
        "results": str(end.run_dir.derived / "results.json"),
        "exit_code": end.exit_code,
        "shard": str(end.shard) if end.shard else None,
        "answered": len(end.results.outcomes) - sum(failed.values()),
        "failed": failed,
        "unavailable": dict(end.results.unavailable),
        "unlocked": sorted(end.results.unlocked),
        "stages_s": dict(end.stages_s),
        **({"for_vlmhyperbench": list(map(str, end.delivered.files))} if end.delivered else {}),
    }


def print_results(
    kind: str, results: Results, written: Sequence[Path], folder: Path, *, as_json: bool
) -> None:
    """The leaderboard, the files that were written, and what is odd about the run in `folder`."""
    warnings = warned_of(folder)
    if as_json:
        print_json(kind, {"files": [str(path) for path in written], "warnings": warnings})
        return
    say(render_text(leaderboard(results)))
    for path in written:
        if path.parent.name == "derived":
            say(str(path))


def print_removed(removed: Sequence[Path]) -> None:
    """Which documents an earlier scoring left behind, on stderr."""
    if removed:
        names = ", ".join(path.name for path in removed)
        again = f"vlmhb report {shlex.quote(str(removed[0].parent.parent))}"
        say(f"removed, of the earlier scoring: {names}; make them with: {again}", err=True)


def print_undecided(results: Results, folder: Path) -> None:
    """How many answers wait for the verdict of a judge, and what asks one, on stderr."""
    waiting = Counter(
        (score.task, score.metric) for score in results.scores if score.result == NO_VERDICT
    )
    if waiting:
        told = ", ".join(f"{metric} on {task} {n:,}" for (task, metric), n in waiting.items())
        again = f"vlmhb score {shlex.quote(str(folder))} --judge MODEL"
        say(f"note: answers without the verdict of a judge: {told}. Next: {again}", err=True)


def print_judging(judging: Judging) -> None:
    """What came of asking a judge, on stderr."""
    asked = judging.questions - judging.known
    text = f"judge: {judging.questions} questions, {judging.known} known, {asked} asked"
    if judging.unanswered:
        text += f", {judging.unanswered} without a verdict: their samples are unscored"
    say(text, err=True)
    if judging.gave_up:
        say(f"judge: {judging.gave_up}", err=True)
