"""`vlmhb env`, one subcommand per file."""

import click

from vlmhb.cli.commands.env.build import build
from vlmhb.cli.commands.env.diff import diff
from vlmhb.cli.commands.env.list_envs import list_envs
from vlmhb.cli.commands.env.lock import lock
from vlmhb.cli.commands.env.pack import pack
from vlmhb.cli.commands.env.prune import prune
from vlmhb.cli.commands.env.remove import remove
from vlmhb.cli.commands.env.show import show
from vlmhb.cli.commands.env.unpack import unpack
from vlmhb.cli.commands.env.verify import verify


@click.group()
def env() -> None:
    """Lock, build, check and remove the envs of models."""


for _command in (lock, build, list_envs, diff, pack, unpack, show, verify, prune, remove):
    env.add_command(_command)
