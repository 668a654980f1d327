"""`vlmhb env diff`."""

import click

from vlmhb.cli import completion, options


@click.command()
@click.argument("before", metavar="A", shell_complete=completion.envs)
@click.argument("after", metavar="B", shell_complete=completion.envs)
@click.option("--all", "everything", is_flag=True, help="List every package that differs.")
@options.as_json
def diff(*, before: str, after: str, everything: bool, as_json: bool) -> int:
    """List what differs between two envs, the newest release first.

    A and B are names of envspecs (NAME or NAME@VARIANT: what their locks say), the first digits of
    the fingerprint of a built env, or run folders: RUN where a run has one env, else RUN:MODEL.

    What was released last is the first to suspect when results differ.

    Example: vlmhb env diff runs/20260101T120000Z_quickstart_1a2b3c4d:rapidocr rapidocr-3.10
    """
    from vlmhb.cli.envs.difference import as_json as facts_of
    from vlmhb.cli.envs.difference import as_text
    from vlmhb.cli.envs.sides import days_in_locks, side_of
    from vlmhb.cli.terminal import printable
    from vlmhb.config import read_environ
    from vlmhb.env import EnvStore, difference

    store = EnvStore(read_environ().envs)
    found = difference(side_of(before, store), side_of(after, store), days_in_locks())
    if as_json:
        options.print_json("env_diff", {"a": before, "b": after, **facts_of(found)})
        return 0
    for line in as_text(before, after, found, everything=everything):
        click.echo(printable(line))
    return 0
