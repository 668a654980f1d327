"""Options that several commands share."""

from pathlib import Path

import click
from click.core import ParameterSource

from vlmhb.cli import completion, envelope


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


def _all(
    _context: click.Context, _param: click.Parameter, given: tuple[tuple[str, ...], ...]
) -> tuple[str, ...] | None:
    """The names of all occurrences, each once; None without any."""
    return tuple(dict.fromkeys(name for names in given for name in names)) or None


models = click.option(
    "--models",
    "--model",
    "-m",
    "models",
    metavar="NAME,...",
    type=NameList(),
    multiple=True,
    callback=_all,
    shell_complete=completion.in_list(completion.model_names),
    help="Evaluate these models instead of the run file's. Repeatable.",
)
tasks = click.option(
    "--tasks",
    "--task",
    "-t",
    "tasks",
    metavar="NAME,...",
    type=NameList(),
    multiple=True,
    callback=_all,
    shell_complete=completion.in_list(completion.task_names),
    help="Evaluate on these tasks instead of the run file's. Repeatable.",
)
settings = click.option(
    "--set",
    "settings",
    metavar="KEY=VALUE",
    multiple=True,
    help="Use this value for a key of the run file: limit=20, filter.language=[ru]. Repeatable.",
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
    "--max-workers",
    type=click.IntRange(min=1),
    help="The most workers at once; without it one per GPU, and one for models that need none.",
)
prefetch = click.option(
    "--prefetch",
    type=click.IntRange(min=0),
    metavar="MODELS",
    help="Fetch the weights of so many models before a GPU waits for them; 3 without it.",
)
sandbox = click.option(
    "--sandbox",
    type=click.Choice(["auto", "0", "1", "2"]),
    help="The highest level of walls around models to try; auto, as without it, tries all.",
)
require_sandbox = click.option(
    "--require-sandbox",
    type=click.IntRange(0, 2),
    help="Start no model behind walls of a lower level than this; exit with 4 instead.",
)
offline = click.option("--offline", is_flag=True, help="Attempt no network access.")
fetch = click.option(
    "--fetch", is_flag=True, help="Fetch datasets that are not here, as `vlmhb run` would."
)
as_json = click.option(
    "--json",
    "as_json",
    is_flag=True,
    is_eager=True,
    callback=envelope.ask_for_json,
    help="Print one JSON object on stdout, also about an error.",
)
embed_images = click.option(
    "--embed-images/--no-embed-images",
    default=None,
    help="Put the pictures of the pages into report.html, so that it can be sent as one file. "
    "Without either, it stays as it was.",
)
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


def from_variables() -> frozenset[str]:
    """The parameters of the current command that environment variables gave."""
    context = click.get_current_context()
    given = ParameterSource.ENVIRONMENT
    return frozenset(name for name in context.params if context.get_parameter_source(name) is given)


print_json = envelope.print_json
