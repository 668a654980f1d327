"""What the shell offers when Tab is pressed: names of files that are here; none is read or checked.

Every Tab starts vlmhb anew, so nothing that takes long is imported: no YAML, no pydantic.
"""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TypeAlias

import click
from click.shell_completion import CompletionItem, FishComplete, add_completion_class

Completer: TypeAlias = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]


class _Fish(FishComplete):
    """click's script for fish cuts what it offers at every comma, and lists of names have some."""

    source_template = FishComplete.source_template.replace(
        'string split "," $completion', 'string split -m 1 "," $completion'
    )


add_completion_class(_Fish)


def _names_of(kind: str) -> Completer:
    def complete(_ctx: click.Context, _param: click.Parameter, start: str) -> list[CompletionItem]:
        return _starting(start, _names(kind))

    return complete


models = _names_of("model")
tasks = _names_of("task")
envs = _names_of("envspec")


def run_files(_ctx: click.Context, _param: click.Parameter, start: str) -> list[CompletionItem]:
    """Names that `vlmhb run` takes, and files."""
    found = _starting(start, _names("run"))
    return found or [CompletionItem(start, type="file")]


def run_folders(_ctx: click.Context, _param: click.Parameter, start: str) -> list[CompletionItem]:
    """Folders of runs, the newest first, as far as their names tell; else any folder."""
    from vlmhb.system.process import inherited_environment

    runs = Path(inherited_environment(["VLMHB_RUNS"]).get("VLMHB_RUNS") or "runs")
    found = sorted(map(str, _runs_in(runs)), reverse=True)
    return _starting(start, found) or [CompletionItem(start, type="dir")]


def in_list(names: Callable[[], Iterable[str]]) -> Completer:
    """Completes the last of several names with commas between them, those before it left out."""

    def complete(_ctx: click.Context, _param: click.Parameter, start: str) -> list[CompletionItem]:
        before, comma, last = start.rpartition(",")
        used = before.split(",")
        free = [name for name in names() if name not in used]
        return [CompletionItem(f"{before}{comma}{item.value}") for item in _starting(last, free)]

    return complete


def model_names() -> Sequence[str]:
    """Every model that is known here."""
    return _names("model")


def task_names() -> Sequence[str]:
    """Every task that is known here."""
    return _names("task")


def metric_names() -> Sequence[str]:
    """Every metric that is known here."""
    from vlmhb.metrics import catalog

    return catalog.names()


def _names(kind: str) -> list[str]:
    from vlmhb.system.named_files import built_in_root, name_of, named_files

    # A folder that is gone has no files; asking for its name would fail.
    roots = (Path(), built_in_root())
    return sorted({name_of(file) for root in roots for file in named_files(root, kind)})


def _runs_in(runs: Path) -> list[Path]:
    try:
        return [folder for folder in runs.iterdir() if (folder / "run.json").is_file()]
    except OSError:
        return []


def _starting(start: str, names: Iterable[str]) -> list[CompletionItem]:
    return [CompletionItem(name) for name in names if name.startswith(start)]
