"""`vlmhb validate`."""

from dataclasses import replace

import click

from vlmhb.cli import options


@click.command()
@options.source
@options.fetch
def validate(*, source: str, fetch: bool) -> int:
    """Check RUN and everything it names.

    Files, keys, names, datasets, images, the prompt of every sample, filters and locks; starts
    nothing. Every problem of a file is reported at once, with its line and column. Says what would
    be fetched of a dataset that is not here.
    """
    from vlmhb.cli.absent_data import absent_of, as_lines
    from vlmhb.cli.data_progress import data_display
    from vlmhb.cli.picked import notes_of, unsaid_notes
    from vlmhb.config import load_run, read_environ
    from vlmhb.datasets import DatasetCache, load_task, pick_samples
    from vlmhb.domain.sample import UnreadablePage
    from vlmhb.env import contents_sha256
    from vlmhb.plan import build_plan, sets_in_use, unused_rules

    config = load_run(source)
    cache = DatasetCache(read_environ().datasets)
    absent = () if fetch else absent_of(config.tasks, cache)
    not_here = {task.name for task, _ in absent}
    for spec in config.envspecs.values():
        contents_sha256(spec)
    with data_display() as shown:
        heard = replace(cache, on_data=shown.see)
        tasks = [load_task(task, heard) for task in config.tasks if task.name not in not_here]
    for loaded in tasks:
        pages = {page for sample in loaded.samples for page in sample.pages}
        unreadable = sorted(
            (page for page in pages if isinstance(page, UnreadablePage)), key=lambda page: page.path
        )
        click.echo(f"{loaded.task.name}: {len(loaded.samples)} samples, {len(pages)} pages")
        for page in unreadable:
            click.echo(f"  warning: {page.path}: {page.problem}; its samples will fail")
    picked = pick_samples(tasks, config, lambda task: sets_in_use(config.models, task.task))
    build_plan(config.models, picked)
    notes = (*unused_rules(config.models, picked), *unsaid_notes(picked))
    for note in (*config.notes, *notes_of(picked), *notes):
        click.echo(f"note: {note}")
    for line in as_lines(absent):
        click.echo(line)
    click.echo(f"{source}: ok, {len(config.models)} models x {len(config.tasks)} tasks")
    return 0
