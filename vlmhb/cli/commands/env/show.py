"""`vlmhb env show`."""

import click

from vlmhb.cli import completion, options
from vlmhb.cli.terminal import say


@click.command()
@click.argument("name", shell_complete=completion.envs)
@click.option("--packages", "with_packages", is_flag=True, help="List every package.")
@options.as_json
def show(*, name: str, with_packages: bool, as_json: bool) -> int:
    """Show everything that is known of an env.

    NAME is the name of an envspec, NAME@VARIANT, or the first digits of a fingerprint. Exits with 4
    when it is not built.
    """
    from vlmhb.cli.envs.details import details
    from vlmhb.cli.terminal import printable
    from vlmhb.config import read_environ
    from vlmhb.env import EnvStore

    found = details(EnvStore(read_environ().envs), name)
    if as_json:
        options.print_json("env", {"envs": [dict(one.json) for one in found]})
    else:
        for one in found:
            for line in one.text(with_packages=with_packages):
                click.echo(printable(line))
    missing = [one.missing for one in found if one.missing]
    for what in missing:
        say(f"vlmhb: {what}", err=True)
    return 4 if missing else 0
