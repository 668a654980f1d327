"""`vlmhb models show`."""

import click

from vlmhb.cli import completion, options


@click.command()
@click.argument("name", shell_complete=completion.models)
@click.option("--files", "with_files", is_flag=True, help="List every file of the weights.")
@options.as_json
def show(*, name: str, with_files: bool, as_json: bool) -> int:
    """Show a model and where its weights are.

    Looks at this machine only. Exits with 4 when weights are missing.
    """
    from vlmhb.cli.model_weights import absence, row
    from vlmhb.cli.terminal import complain, printable
    from vlmhb.weights import FetchedWeights, WeightsStore

    shown = row(name, WeightsStore.standard(offline=True))
    files = shown.state.files if isinstance(shown.state, FetchedWeights) else ()
    if as_json:
        options.print_json("model", {**shown.as_json(), "files": list(files)})
    else:
        for heading, text in shown.lines():
            click.echo(printable(f"{heading + ':':<13} {text}"))
        for file in files if with_files else ():
            click.echo(printable(f"  {file}"))
    error = absence(shown)
    if error is None:
        return 0
    complain(error)
    return error.exit_code
