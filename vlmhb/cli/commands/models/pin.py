"""`vlmhb models pin`."""

import click

from vlmhb.cli import completion, options


@click.command()
@click.argument("names", nargs=-1, required=True, shell_complete=completion.models)
@options.offline
@options.ui
@options.as_json
def pin(*, names: tuple[str, ...], offline: bool, ui: str, as_json: bool) -> int:
    """Write the commits that revisions mean now into models' files.

    Only the `revision` lines change. Offline, the commits that were fetched last are written.
    """
    from vlmhb.cli.pinning import pin_file
    from vlmhb.cli.progress.data import data_display
    from vlmhb.cli.several import Several
    from vlmhb.errors import UsageError, WeightsError
    from vlmhb.weights import WeightsStore

    store = WeightsStore.standard(offline=offline)
    several = Several(as_json)
    for name in names:
        try:
            with data_display(ui) as display:
                pins = pin_file(name, store, display.see_weights)
        except (UsageError, WeightsError) as error:
            several.fail(name, error)
            continue
        several.add(
            {"name": name, "repos": [pin.as_json() for pin in pins]},
            *(f"{name}: {pin}" for pin in pins),
        )
    return several.end("models_pin", "models")
