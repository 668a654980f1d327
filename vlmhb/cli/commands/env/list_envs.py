"""`vlmhb env list`."""

import click

from vlmhb.cli import options
from vlmhb.cli.terminal import say


@click.command("list")
@options.as_json
def list_envs(*, as_json: bool) -> int:
    """List the envs that are built here.

    "own MB" is what removing that env alone frees: most files of an env have a second name in uv's
    cache and cost nothing. "last used" is when a run or a build last asked for it.
    """
    from vlmhb.cli.envs.table import EnvTable
    from vlmhb.config import read_environ

    table = EnvTable.of(read_environ().envs)
    if as_json:
        options.print_json("envs", table.as_json())
    else:
        say(table.as_text())
    return 0
