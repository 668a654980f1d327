"""`vlmhb validate`."""

from dataclasses import replace

import click

from vlmhb.cli import options
from vlmhb.cli.terminal import say


@click.command()
@options.source
@options.settings
@options.fetch
@options.ui
@options.as_json
def validate(*, source: str, settings: tuple[str, ...], fetch: bool, ui: str, as_json: bool) -> int:
    """Check a run file and everything it names.

    Files, keys, names, datasets, images, the prompt of every sample, filters and locks; starts
    nothing. Every problem of a file is reported at once, with its line and column. Says what would
    be fetched of a dataset that is not here.
    """
    from vlmhb.cli.absent_data import absent_of
    from vlmhb.cli.picked import notes_of, unsaid_notes
    from vlmhb.cli.progress.data import data_display
    from vlmhb.cli.validated import Validated
    from vlmhb.config import Overrides, load_run, read_environ
    from vlmhb.datasets import DatasetCache, load_task, pick_samples
    from vlmhb.env import contents_sha256
    from vlmhb.plan import build_plan, sets_in_use, unused_rules

    config = load_run(source, Overrides(settings=settings, weak=options.from_variables()))
    cache = DatasetCache(read_environ().datasets)
    absent = () if fetch else absent_of(config.tasks, cache)
    not_here = {task.name for task, _ in absent}
    for spec in config.envspecs.values():
        contents_sha256(spec)
    with data_display(ui) as shown:
        heard = replace(cache, on_data=shown.see)
        tasks = [load_task(task, heard) for task in config.tasks if task.name not in not_here]
    picked = pick_samples(tasks, config, lambda task: sets_in_use(config.models, task.task))
    build_plan(config.models, picked)
    notes = (*unused_rules(config.models, picked), *unsaid_notes(picked))
    found = Validated(source, config, tasks, absent, (*config.notes, *notes_of(picked), *notes))
    if as_json:
        options.print_json("validate", found.as_json())
    else:
        for line in found.as_lines():
            say(line)
    return 0
