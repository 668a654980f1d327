"""`vlmhb models fetch`."""

import click

from vlmhb.cli import completion, options


@click.command()
@click.argument("names", nargs=-1, required=True, shell_complete=completion.models)
@options.offline
def fetch(*, names: tuple[str, ...], offline: bool) -> int:
    """Fetch the weights of these models, or find them here.

    They go into the Hugging Face hub's cache (HF_HOME), where other programs find them too.
    HF_TOKEN opens gated repos, HF_ENDPOINT names a mirror. What came before an interruption is
    kept. One that cannot be fetched does not keep the others from it.
    """
    from vlmhb.cli.fetch_progress import fetch_display
    from vlmhb.cli.model_weights import described
    from vlmhb.cli.terminal import complain, printable
    from vlmhb.config import load_model
    from vlmhb.errors import ConfigError, UsageError, WeightsError
    from vlmhb.weights import WeightsStore

    store = WeightsStore.standard(offline=offline)
    code = 0
    for name in names:
        try:
            model = load_model(name)
            if model.weights is None:
                click.echo(f"{model.name}: has no weights to fetch")
                continue
            with fetch_display() as display:
                fetched = store.ensure(model.weights, on_progress=display.see)
        except (ConfigError, UsageError, WeightsError) as error:
            complain(error)
            code = error.exit_code
            continue
        for one in (fetched, *fetched.also):
            click.echo(printable(f"{model.name}: {described(one)}\n  {one.folder}"))
    return code
