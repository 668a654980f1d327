"""Options that several commands share."""

import json
from collections.abc import Mapping
from pathlib import Path

import click

from vlmhb.cli import completion
from vlmhb.domain.digest import Json

ENVELOPE_VERSION = 1


class NameList(click.ParamType[tuple[str, ...]]):
    """Names separated by commas."""

    name = "names"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, ...]:
        """A tuple of the names, spaces around them dropped."""
        names = tuple(part.strip() for part in str(value).split(",") if part.strip())
        if not names:
            self.fail("expected names separated by commas, got none", param, ctx)
        return names


source = click.argument("source", metavar="RUN", shell_complete=completion.run_files)
run_folder = click.argument(
    "folder",
    metavar="RUN_FOLDER",
    type=click.Path(path_type=Path, file_okay=False),
    shell_complete=completion.run_folders,
)
models = click.option(
    "--models",
    "-m",
    type=NameList(),
    shell_complete=completion.in_list(completion.model_names),
    help="Evaluate these models instead of the run file's.",
)
tasks = click.option(
    "--tasks",
    "-t",
    type=NameList(),
    shell_complete=completion.in_list(completion.task_names),
    help="Evaluate on these tasks instead of the run file's.",
)
limit = click.option(
    "--limit",
    type=click.IntRange(min=1),
    help="At most this many samples per task: whole groups and documents, spread over classes and "
    "fields. The first one is taken whole.",
)
filters = click.option(
    "--filter",
    "filters",
    metavar="KEY=VALUE,...",
    multiple=True,
    help="Ask only about samples with one of these values: doc_class, question_type, language, "
    "split or a key of the metadata. Repeatable; instead of the run file's filters.",
)
max_workers = click.option(
    "--max-workers", type=click.IntRange(min=1), help="How many models may answer at once."
)
offline = click.option("--offline", is_flag=True, help="Attempt no network access.")
fetch = click.option(
    "--fetch", is_flag=True, help="Fetch datasets that are not here, as `vlmhb run` would."
)
as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
per_document_json = click.option(
    "--per-document-json",
    is_flag=True,
    help="Write derived/documents/MODEL/DOCUMENT.json too: what each model answered about each "
    "document.",
)
ui = click.option(
    "--ui",
    type=click.Choice(["auto", "rich", "plain", "none"]),
    default="auto",
    show_default=True,
    help="How progress is shown, on stderr.",
)


def print_json(kind: str, content: Mapping[str, Json]) -> None:
    """Print the versioned envelope that every `--json` output uses."""
    click.echo(json.dumps({"schema_version": ENVELOPE_VERSION, "kind": kind, **content}))
