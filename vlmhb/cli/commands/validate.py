"""`vlmhb validate`."""

import click

from vlmhb.cli import options


@click.command()
@options.source
def validate(*, source: str) -> int:
    """Check RUN and everything it names.

    Files, keys, names, datasets, images and locks; starts nothing. Every problem of
    a file is reported at once, with its line and column.
    """
    from vlmhb.config import load_run, read_environ
    from vlmhb.datasets import DatasetCache, load_task
    from vlmhb.domain.sample import UnreadablePage
    from vlmhb.env import contents_sha256

    config = load_run(source)
    cache = DatasetCache(read_environ().datasets)
    for spec in config.envspecs.values():
        contents_sha256(spec)
    for task in config.tasks:
        loaded = load_task(task, cache)
        pages = {page for sample in loaded.samples for page in sample.pages}
        unreadable = sorted(
            (page for page in pages if isinstance(page, UnreadablePage)), key=lambda page: page.path
        )
        click.echo(f"{task.name}: {len(loaded.samples)} samples, {len(pages)} pages")
        for page in unreadable:
            click.echo(f"  warning: {page.path}: {page.problem}; its samples will fail")
    click.echo(f"{source}: ok, {len(config.models)} models x {len(config.tasks)} tasks")
    return 0
