"""`vlmhb env prune`."""

import math
import re

import click

from vlmhb.cli import options

_SIZE = re.compile(r"(\d+(?:\.\d+)?) *([KMGT]?)(i?)B?", re.IGNORECASE)


_DAY_S = 86400.0


class Days(click.ParamType[float]):
    """A number of days."""

    name = "days"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Zero or more; neither `nan` nor `inf` is a number of days."""
        try:
            days = float(str(value))
        except ValueError:
            days = math.nan
        if not 0 <= days < math.inf:
            self.fail(f"expected a number of days such as 30, got {value!r}", param, ctx)
        return days


class Size(click.ParamType[int]):
    """A number of bytes, as people write it."""

    name = "size"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        """20G is 20 * 1000^3 bytes, 20GiB is 20 * 1024^3."""
        match = _SIZE.fullmatch(str(value).strip())
        if not match:
            self.fail(f"expected a size such as 20G, 500M or 20GiB, got {value!r}", param, ctx)
        number, unit, binary = match.groups()
        size = float(number) * (1024 if binary else 1000) ** " KMGT".index(unit.upper() or " ")
        if not math.isfinite(size):
            self.fail(f"expected a size that a disk can have, got {value!r}", param, ctx)
        return int(size)


@click.command()
@click.option(
    "--older-than",
    "older_than_days",
    metavar="DAYS",
    type=Days(),
    help="Remove envs that no run or build has asked for in so many days.",
)
@click.option(
    "--budget",
    "budget_bytes",
    metavar="SIZE",
    type=Size(),
    help="Remove envs, those unused for longest first, until what they take beside uv's cache "
    "fits, e.g. 20G.",
)
@click.option(
    "--unnamed", is_flag=True, help="Remove envs that no envspec known here asks for any more."
)
@click.option("--dry-run", is_flag=True, help="Say what would go and change nothing.")
@options.as_json
def prune(
    *,
    older_than_days: float | None,
    budget_bytes: int | None,
    unnamed: bool,
    dry_run: bool,
    as_json: bool,
) -> int:
    """Remove envs that are not needed; one that a run uses always stays.

    Give at least one of --older-than, --budget and --unnamed; an env goes when one of them says so.
    """
    import datetime
    from pathlib import Path

    from vlmhb.cli.envs.pruned import as_json as to_json
    from vlmhb.cli.envs.pruned import as_text
    from vlmhb.cli.envs.stored import Wanted, wanted
    from vlmhb.cli.terminal import printable
    from vlmhb.config import Library, read_environ
    from vlmhb.env import Criteria, EnvStore
    from vlmhb.env import prune as prune_store

    if older_than_days is None and budget_bytes is None and not unnamed:
        raise click.UsageError("give at least one of --older-than, --budget and --unnamed")
    store = EnvStore(read_environ().envs)
    roots = Library.standard(Path.cwd()).roots
    asked_for = wanted(store, roots) if unnamed else Wanted(frozenset(), {})
    now_s = datetime.datetime.now(datetime.timezone.utc).timestamp()
    pruned = prune_store(
        store.root,
        Criteria(
            unused_since_s=None if older_than_days is None else now_s - older_than_days * _DAY_S,
            is_wanted=asked_for.__contains__ if unnamed else None,
            budget_bytes=budget_bytes,
        ),
        dry_run=dry_run,
    )
    if as_json:
        options.print_json("pruned", to_json(pruned, asked_for, dry_run=dry_run))
        return 0
    for line in as_text(pruned, asked_for, budget_bytes, dry_run=dry_run):
        click.echo(printable(line))
    return 0
