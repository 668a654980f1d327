"""The environment variable of every option: `vlmhb run --max-workers` is VLMHB_RUN_MAX_WORKERS."""

import click


def name_variables(command: click.Command, prefix: str) -> None:
    """Name the variables of the options of `command`, and of the commands in it, after them.

    click would name them after the parameters of our functions.
    """
    if isinstance(command, click.Group):
        for name, inner in command.commands.items():
            name_variables(inner, variable(prefix, name))
    for param in command.params:
        if isinstance(param, click.Option) and param.expose_value:
            long = next(word for word in param.opts if word.startswith("--"))
            param.envvar = variable(prefix, long.removeprefix("--"))


def variable(prefix: str, name: str) -> str:
    """The name of the variable below `prefix`."""
    return f"{prefix}_{name}".replace("-", "_").upper()
