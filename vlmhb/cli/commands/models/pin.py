"""`vlmhb models pin`."""

import click

from vlmhb.cli import completion, options


@click.command()
@click.argument("names", nargs=-1, required=True, shell_complete=completion.models)
@options.offline
def pin(*, names: tuple[str, ...], offline: bool) -> int:
    """Write the commits that these models' revisions mean now into their files.

    Only the `revision` lines change. Offline, the commits that were fetched last are written.
    """
    from vlmhb.cli.fetch_progress import fetch_display
    from vlmhb.cli.pinning import pin_file
    from vlmhb.cli.terminal import complain, printable
    from vlmhb.errors import UsageError, WeightsError
    from vlmhb.weights import WeightsStore

    store = WeightsStore.standard(offline=offline)
    code = 0
    for name in names:
        try:
            with fetch_display() as display:
                lines = pin_file(name, store, display.see)
            for line in lines:
                click.echo(printable(f"{name}: {line}"))
        except (UsageError, WeightsError) as error:
            complain(error)
            code = error.exit_code
    return code
