"""What `vlmhb merge` says."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from vlmhb.cli.envelope import print_json
from vlmhb.cli.picked import left_out_line, notes_of
from vlmhb.cli.shards import shards_text
from vlmhb.cli.summary import failures, print_undecided
from vlmhb.cli.terminal import say
from vlmhb.domain.digest import Json
from vlmhb.domain.results import Results
from vlmhb.merging import Missing, MissingShards, Together
from vlmhb.report import leaderboard, render_text
from vlmhb.report.figures.merged_parts import part_facts
from vlmhb.store import MergedPart, RunDir

_MOST_IDS = 12


@dataclass(frozen=True, slots=True)
class Lacking:
    """What a merged run has no answers to."""

    samples: Sequence[Missing]
    shards: Sequence[MissingShards]

    def __bool__(self) -> bool:
        return bool(self.samples or self.shards)


def print_merged(
    together: Together,
    missing: Lacking,
    run_dir: RunDir,
    results: Results,
    code: int,
    *,
    as_json: bool,
) -> None:
    """The leaderboard, what each part brought and what no part has an answer to."""
    for note in together.notes:
        say(f"note: {note}", err=True)
    warnings = [f"{one.folder}: {one.modified}" for one in together.modified]
    for warning in warnings:
        say(f"WARNING: {warning}", err=True)
    print_undecided(results, run_dir.path)
    if as_json:
        facts = _facts(together, missing, run_dir, results, code)
        print_json("merge", {**facts, "warnings": warnings})
        return
    say(render_text(leaderboard(results)))
    for part in together.recorded.manifest.parts:
        say(_part_line(part))
    if together.repeated or together.superseded:
        say(
            f"in several runs: {together.repeated:,} that say the same, "
            f"{together.superseded:,} failed in one and answered in another"
        )
    _print_lacking(missing)
    if left_out := left_out_line(results.tasks):
        say(f"left out: {left_out}")
    for note in notes_of(results.tasks):
        say(f"note: {note}")
    say(f"report: {run_dir.derived / 'report.html'}")


def _part_line(part: MergedPart) -> str:
    brought = f"{', '.join(part.models)} on {', '.join(part.tasks)}"
    failed = f", {part.failed:,} failed" if part.failed else ""
    shard = f"shard {part.shard.shard} of " if part.shard else ""
    return f"{part.folder}: {shard}{brought}, {part.answered:,} answers{failed}"


def _print_lacking(missing: Lacking) -> None:
    for one in missing.samples:
        _print_missing(one)
    for line in shard_lines(missing.shards):
        say(line)


def _print_missing(one: Missing) -> None:
    name = f"{one.model} on {one.task}"
    if one.unavailable:
        say(f"{name}: could not be evaluated: {one.unavailable}")
    for what, ids in (("not answered in any run", one.not_answered), ("failed", one.failed)):
        if ids:
            more = ", ..." if len(ids) > _MOST_IDS else ""
            count = f"{len(ids):,} sample{'s' if len(ids) > 1 else ''}"
            say(f"{name}: {count} {what}: {', '.join(ids[:_MOST_IDS])}{more}")


def shard_lines(missing: Sequence[MissingShards]) -> Iterator[str]:
    """What is missing, a line for all evaluations in which it is the same, and what helps."""
    by_evaluation = [
        (tuple((one.numbers, one.of, one.samples) for one in found), evaluation)
        for evaluation, same in groupby(missing, lambda one: (one.model, one.task))
        for found in [list(same)]
    ]
    for lacking in dict.fromkeys(what for what, _ in by_evaluation):
        rests = [f"{shards_text(numbers)} of {of}" for numbers, of, _ in lacking]
        verb = "is" if len(lacking[0][0]) == 1 else "are"
        first = f"{rests[0]} {verb} missing"
        others = "".join(f", or {rest}" for rest in rests[1:])
        where = ", ".join(
            f"{model} on {task}" for what, (model, task) in by_evaluation if what == lacking
        )
        count = f"{lacking[0][2]:,} sample{'' if lacking[0][2] == 1 else 's'} not asked about"
        yield f"{first}{others}: {where}: {count}"
    if missing:
        one = missing[0]
        yield (
            f"Next: the same `vlmhb run` with --shard {one.numbers[0]}/{one.of}"
            f"{' and so on' if len(one.numbers) > 1 else ''}, and merge again"
        )


def _facts(
    together: Together,
    missing: Lacking,
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
            {"folder": part.folder, "shard": None, **part_facts(part)}
            for part in together.recorded.manifest.parts
        ],
        "missing": [
            {
                "model": one.model,
                "task": one.task,
                "not_answered": list(one.not_answered),
                "failed": list(one.failed),
            }
            for one in missing.samples
        ],
        "missing_shards": [
            {
                "model": one.model,
                "task": one.task,
                "shards": list(one.numbers),
                "of": one.of,
                "samples": one.samples,
            }
            for one in missing.shards
        ],
        "notes": list(together.notes),
    }
