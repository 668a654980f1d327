"""`vlmhb models fetch`."""

from typing import TYPE_CHECKING

import click

from vlmhb.cli import completion, options

if TYPE_CHECKING:
    from vlmhb.domain.digest import Json


@click.command()
@click.argument("names", nargs=-1, required=True, shell_complete=completion.models)
@options.offline
@options.ui
@options.as_json
def fetch(*, names: tuple[str, ...], offline: bool, ui: str, as_json: bool) -> int:
    """Fetch the weights of these models, or find them here.

    They go into the Hugging Face hub's cache (HF_HOME), where other programs find them too.
    HF_TOKEN opens gated repos, HF_ENDPOINT names a mirror. What came before an interruption is
    kept. One that cannot be fetched does not keep the others from it.
    """
    from vlmhb.cli.model_weights import described, fetched_facts
    from vlmhb.cli.progress.data import data_display
    from vlmhb.cli.several import Several
    from vlmhb.config import load_model
    from vlmhb.errors import ConfigError, UsageError, WeightsError
    from vlmhb.weights import WeightsStore

    store = WeightsStore.standard(offline=offline)
    several = Several(as_json)
    for name in names:
        try:
            model = load_model(name)
            if model.weights is None:
                none: dict[str, Json] = {"name": model.name, "repos": []}
                several.add(none, f"{model.name}: has no weights to fetch")
                continue
            with data_display(ui) as display:
                fetched = store.ensure(model.weights, on_progress=display.see_weights)
        except (ConfigError, UsageError, WeightsError) as error:
            several.fail(name, error)
            continue
        repos = (fetched, *fetched.also)
        several.add(
            {"name": model.name, "repos": [fetched_facts(one) for one in repos]},
            *(f"{model.name}: {described(one)}\n  {one.folder}" for one in repos),
        )
    return several.end("models_fetch", "models")
