"""`vlmhb compare`."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vlmhb.cli import completion, options
from vlmhb.cli.modified import warned_of
from vlmhb.cli.terminal import say

if TYPE_CHECKING:
    from vlmhb.comparison import Limit
    from vlmhb.domain.digest import Json


@click.command()
@click.argument(
    "runs", metavar="RUN_A RUN_B...", nargs=-1, required=True, shell_complete=completion.run_folders
)
@click.option(
    "--tasks",
    "-t",
    type=options.NameList(),
    shell_complete=completion.in_list(completion.task_names),
    help="Compare on these tasks alone.",
)
@click.option(
    "--intersect",
    is_flag=True,
    help="Compare the samples and tasks that both have; without it, others are refused.",
)
@click.option(
    "--fail-on-regression",
    "limits",
    metavar="METRIC=LOSS",
    multiple=True,
    help="Exit with 5 when the metric got worse by more than LOSS, which is in the metric's own "
    "unit (0.01 of a CER or an accuracy), or when nobody can say. Repeatable.",
)
@click.option(
    "--out",
    "-o",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write into this folder. Without it: RUN_B/derived/compare-with-...",
)
@click.option(
    "--embed-images",
    is_flag=True,
    help="Put the pictures of pages into comparison.html, which then is one file.",
)
@options.as_json
def compare(
    *,
    runs: tuple[str, ...],
    tasks: tuple[str, ...] | None,
    intersect: bool,
    limits: tuple[str, ...],
    out: Path | None,
    embed_images: bool,
    as_json: bool,
) -> int:
    """Tell how runs differ, and whether by chance.

    Figures, samples, and what may be why.

    Each of RUN_B... is compared with RUN_A, model by model, on the same samples. RUN:MODEL names
    one model; one run alone is compared within itself, its first model with each other one.
    Writes comparison.html, comparison.md and comparison.json.

    Exit codes: 0 compared; 2 the runs cannot be compared; 5 --fail-on-regression was broken.

    Example: vlmhb compare runs/before runs/after --fail-on-regression cer=0.01
    """
    from vlmhb import comparison
    from vlmhb.cli.envs.sides import days_in_locks

    allowed = _limits(limits)
    references = [comparison.reference_of(run) for run in runs]
    pairings = comparison.read_pairings(references)
    found = comparison.compare(
        pairings,
        days_in_locks(),
        tasks or (),
        intersect=intersect,
        unpaired=comparison.unpaired(references, pairings),
        unmatched=comparison.unmatched(references, pairings),
    )
    broken = comparison.breaches(found, allowed)
    folder = out or comparison.usual_folder(pairings, list(tasks or ()), intersect)
    written = comparison.write_comparison(found, broken, folder, embed_images=embed_images)
    code = 5 if broken else 0
    warnings = warned_of(*(one.folder for one in references))
    if as_json:
        facts = comparison.facts_of(found, broken, samples=False)
        files = [str(path) for path in written]
        more: dict[str, Json] = {"files": files, "warnings": warnings, "exit_code": code}
        options.print_json("compare", {**facts, **more})
    else:
        say(comparison.render_comparison(found))
        for path in written:
            say(str(path))
    for breach in broken:
        say(comparison.breach_text(breach), err=True)
    return code


def _limits(texts: Sequence[str]) -> "list[Limit]":
    from vlmhb.comparison import limit_of

    try:
        return [limit_of(text) for text in texts]
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--fail-on-regression") from error
