"""`vlmhb models pin`."""

import click

from vlmhb.cli import options


@click.command()
@click.argument("names", nargs=-1, required=True)
@options.offline
def pin(*, names: tuple[str, ...], offline: bool) -> int:
    """Write the commits that these models' revisions mean now into their files.

    Only the `revision` lines change. Offline, the commits that were fetched last are written.
    """
    from vlmhb.cli.pinning import pin_file
    from vlmhb.cli.terminal import complain, printable
    from vlmhb.errors import UsageError, WeightsError
    from vlmhb.weights import WeightsStore

    store = WeightsStore.standard(offline=offline)
    code = 0
    for name in names:
        try:
            for line in pin_file(name, store):
                click.echo(printable(f"{name}: {line}"))
        except (UsageError, WeightsError) as error:
            complain(error)
            code = error.exit_code
    return code
