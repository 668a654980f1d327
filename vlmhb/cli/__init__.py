"""The command line. Thin: it reads options, calls a stage and prints what came of it."""

import sys
import traceback

import click

from vlmhb import __version__
from vlmhb.cli.commands import COMMANDS
from vlmhb.cli.terminal import complain, fill_closed_streams
from vlmhb.errors import VlmhbError

CONTEXT = {"help_option_names": ["-h", "--help"], "auto_envvar_prefix": "VLMHB"}


@click.group(commands=COMMANDS, context_settings=CONTEXT)
@click.version_option(__version__)
def cli() -> None:
    """Evaluate vision-language models on documents, each model in its own locked venv.

    Exit codes: 0 done; 1 unexpected; 2 wrong usage or configuration, nothing started; 3 finished
    with failed samples or models; 4 environment or hardware unusable; 5 a limit of
    --fail-on-regression was broken; 130 interrupted and 143 terminated, both resumable by the same
    command.
    """


def main() -> None:
    """The entry point: every way out of vlmhb ends here."""
    fill_closed_streams()
    try:
        code = cli.main(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except click.Abort:
        code = 130
    except VlmhbError as error:
        complain(error)
        code = error.exit_code
    except Exception:  # noqa: BLE001 - the last one to know: a bug must leave its trace and code 1
        traceback.print_exc()
        click.echo("vlmhb: this is a bug; the lines above tell where", err=True)
        code = 1
    sys.exit(code)
