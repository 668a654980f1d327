"""Datasets that are not here: what a run would fetch before it asks anything."""

from collections.abc import Iterator, Sequence

import click

from vlmhb.cli.envelope import print_json
from vlmhb.cli.outlook_json import outlook_json
from vlmhb.cli.outlook_lines import outlook_lines, verdict
from vlmhb.cli.terminal import say
from vlmhb.datasets.cache import DatasetCache
from vlmhb.datasets.fetch import ToFetch, to_fetch
from vlmhb.datasets.source_refusal import shown
from vlmhb.domain.digest import Json
from vlmhb.domain.sizes import megabytes
from vlmhb.domain.task import Task
from vlmhb.pipeline.outlook import Outlook

_MOST_FILES = 8

Absent = tuple[tuple[Task, ToFetch], ...]


def absent_of(tasks: Sequence[Task], cache: DatasetCache) -> Absent:
    """The tasks whose data would have to be fetched, in their order."""
    found = ((task, to_fetch(task.dataset, cache)) for task in tasks if task.dataset.source)
    return tuple((task, fetch) for task, fetch in found if fetch is not None)


def print_absent(absent: Absent, outlook: Outlook, *, as_json: bool) -> None:
    """What would be fetched, and all of a plan that does not follow from the data."""
    if as_json:
        print_json("plan", {"to_fetch": entries(absent), **outlook_json(outlook)})
        return
    for line in (*as_lines(absent), *outlook_lines(outlook)):
        say(line)
    click.echo("The requests follow from the data: vlmhb plan --fetch, or vlmhb run.")
    say(verdict(outlook))


def as_lines(absent: Absent) -> Iterator[str]:
    """For people: a line for each task, and one for each of its files."""
    for task, fetch in absent:
        count = len(fetch.files)
        files = "1 file" if count == 1 else f"{count} files"
        yield f"{task.name}: its data is not here; {files} to fetch ({_size(fetch.size_bytes)})"
        for one in fetch.files[:_MOST_FILES]:
            yield f"  {shown(one.source)}"
        if count > _MOST_FILES:
            yield f"  and {count - _MOST_FILES} more"
        yield f"  into {fetch.folder}"


def entries(absent: Absent) -> list[Json]:
    """For programs."""
    return [
        {
            "task": task.name,
            "folder": str(fetch.folder),
            "size_bytes": fetch.size_bytes,
            "files": [{"url": shown(one.source), "path": one.source.path} for one in fetch.files],
        }
        for task, fetch in absent
    ]


def _size(size_bytes: int | None) -> str:
    return "size not known" if size_bytes is None else megabytes(size_bytes)
