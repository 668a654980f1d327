"""`vlmhb models`, one subcommand per file."""

import click

from vlmhb.cli.commands.models.fetch import fetch
from vlmhb.cli.commands.models.list_models import list_models
from vlmhb.cli.commands.models.pin import pin
from vlmhb.cli.commands.models.show import show


@click.group()
def models() -> None:
    """Show models, fetch their weights and pin them to a commit."""


for _command in (list_models, show, fetch, pin):
    models.add_command(_command)
