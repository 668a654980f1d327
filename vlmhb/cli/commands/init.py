"""`vlmhb init`."""

from pathlib import Path

import click

from vlmhb.cli import options
from vlmhb.cli.terminal import say


@click.command()
@click.argument(
    "path", metavar="[FOLDER]", required=False, type=click.Path(path_type=Path, exists=True)
)
@click.option("--name", help="What to call the run and the task. By default, as the folder.")
@click.option("--force", is_flag=True, help="Replace files of these names that are there.")
@options.as_json
def init(*, path: Path | None, name: str | None, force: bool, as_json: bool) -> int:
    """Write a first run file for documents or a dataset.

    FOLDER, by default this one, may also be a file. What is in it is found out: VLMHyperBench's
    annotation.csv, VLMEvalKit's TSV, JSONL, Parquet, bundles of pages, or images and PDFs with
    what should be read beside them. Writes configs/runs/NAME.yaml and configs/tasks/NAME.yaml in
    this folder, with comments, and replaces nothing.

    Example: vlmhb init scans && vlmhb plan scans
    """
    import shlex

    from vlmhb.cli.starting import as_name, name_of, offered
    from vlmhb.cli.terminal import printable
    from vlmhb.config.starter import run_file, task_files
    from vlmhb.datasets.recognise import recognise
    from vlmhb.system.new_files import write_new

    path = path or Path()
    name = name_of(path) if name is None else name
    if name != as_name(name) or not name:
        raise click.UsageError(f"--name is {name!r}, expected letters, digits, - and _ only")
    dataset = recognise(path)
    tasks = task_files(dataset, name, Path.cwd())
    run = Path(f"configs/runs/{name}.yaml")
    texts = {Path(f"configs/tasks/{task}.yaml"): text for task, text in tasks.items()}
    texts[run] = run_file(name, tuple(tasks), offered(dataset))
    write_new({file: text.encode() for file, text in texts.items()}, replace=force)
    commands = [f"vlmhb {verb} {shlex.quote(name)}" for verb in ("plan", "run")]
    if as_json:
        found = {"format": dataset.format, "root": str(dataset.root)}
        written = {"run": str(run), "files": [str(file) for file in texts], "next": commands}
        kinds = [asks.value for asks in dataset.asks]
        options.print_json(
            "init", {**found, "annotation": dataset.annotation, "asks": kinds, **written}
        )
        return 0
    place = dataset.root / dataset.annotation
    click.echo(printable(f"found: {dataset.format}, {place}"))
    for asks in dataset.asks:
        say(f"asks: {asks.value}")
    for file in texts:
        say(f"wrote {file}")
    say(f"next: {', then '.join(commands)}")
    return 0
