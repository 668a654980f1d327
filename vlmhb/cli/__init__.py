"""The command line. Thin: it reads options, calls a stage and prints what came of it."""

import sys
import traceback

import click

from vlmhb import __version__
from vlmhb.cli.commands import COMMANDS
from vlmhb.cli.envelope import Output
from vlmhb.cli.sections import Sections
from vlmhb.cli.terminal import complain, let_stderr_go
from vlmhb.cli.variables import name_variables
from vlmhb.errors import VlmhbError

PREFIX = "VLMHB"
CONTEXT = {"help_option_names": ["-h", "--help"]}


@click.group(cls=Sections, commands=COMMANDS, context_settings=CONTEXT)
@click.version_option(__version__)
def cli() -> None:
    """Evaluate vision-language models on documents, each model in its own locked venv.

    Exit codes: 0 done; 1 unexpected; 2 wrong usage or configuration, nothing started; 3 finished
    with failed samples or models; 4 environment or hardware unusable; 5 a limit of
    --fail-on-regression was broken; 130 interrupted, 143 terminated and 129 hung up, all resumable
    by the same command.

    Every option can be set by an environment variable too: VLMHB_RUN_LIMIT is --limit of run.
    """


name_variables(cli, PREFIX)


def main() -> None:
    """The entry point: every way out of vlmhb ends here."""
    let_stderr_go()
    # What cannot be parsed is told as JSON too.
    output = Output(as_json="--json" in sys.argv[1:])
    try:
        code = cli.main(standalone_mode=False, obj=output)
    except click.ClickException as error:
        error.show()
        code = error.exit_code
        output.fail(error, code)
    except click.Abort as error:
        code = 130
        output.fail(error, code)
    except VlmhbError as error:
        complain(error)
        code = error.exit_code
        output.fail(error, code)
    except Exception as error:  # noqa: BLE001 - the last one to know: a bug must leave its trace and code 1
        traceback.print_exc()
        click.echo("vlmhb: this is a bug; the lines above tell where", err=True)
        code = 1
        output.fail(error, code)
    sys.exit(code)
