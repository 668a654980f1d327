"""`vlmhb env`, one subcommand per file."""

import click

from vlmhb.cli.commands.env.build import build
from vlmhb.cli.commands.env.list_envs import list_envs
from vlmhb.cli.commands.env.lock import lock


@click.group()
def env() -> None:
    """Lock, build, check and remove the envs of models."""


for _command in (lock, build, list_envs):
    env.add_command(_command)
