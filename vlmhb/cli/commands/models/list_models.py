"""`vlmhb models list`."""

import click

from vlmhb.cli import options
from vlmhb.cli.terminal import say


@click.command("list")
@options.as_json
def list_models(*, as_json: bool) -> int:
    """List the models that are known here, and whether their weights are.

    Looks at this machine only. "commit" is the one that would be used offline.
    """
    from vlmhb.cli.columns import aligned
    from vlmhb.cli.model_weights import HEADINGS, NUMBERS, all_names, rows
    from vlmhb.cli.terminal import printable
    from vlmhb.weights import WeightsStore

    store = WeightsStore.standard(offline=True)
    found = rows(all_names(), store)
    if as_json:
        told = [row.as_json() for row in found]
        options.print_json("models", {"cache": str(store.cache), "models": told})
        return 0
    for line in aligned([HEADINGS, *(row.cells() for row in found)], NUMBERS):
        click.echo(printable(line))
    say(f"weights are kept in {store.cache}")
    return 0
