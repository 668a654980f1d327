"""The command line. Thin: it reads options, calls a stage and prints what came of it."""

import io
import sys

import click

from vlmhb import __version__
from vlmhb.cli.commands import COMMANDS
from vlmhb.cli.envelope import Output
from vlmhb.cli.sections import Sections
from vlmhb.cli.terminal import (
    complain,
    complain_of_bug,
    let_terminal_go,
    say,
    without_secrets,
)
from vlmhb.cli.variables import name_variables
from vlmhb.domain.typed import typed
from vlmhb.errors import Interrupted, UnusableError, VlmhbError
from vlmhb.system.signals import StopSignals, hear_of_children

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
    let_terminal_go()
    hear_of_children()
    same_again = typed(["vlmhb", *sys.argv[1:]])
    # What cannot be parsed is told as JSON too.
    output = Output(as_json="--json" in sys.argv[1:])
    try:
        with StopSignals(same_again):
            code = cli.main(standalone_mode=False, obj=output)
    except Interrupted as error:
        error.resume = error.resume or same_again
        say(f"vlmhb: {error}", err=True)
        code = error.exit_code
        output.fail(error, code)
    except click.ClickException as error:
        _complain_of_usage(error)
        code = error.exit_code
        output.fail(error, code)
    except click.Abort as error:
        code = 130
        output.fail(error, code)
    except VlmhbError as error:
        complain(error)
        code = error.exit_code
        output.fail(error, code)
    except MemoryError:
        short = _short_of_memory(same_again)
        complain(short)
        code = short.exit_code
        output.fail(short, code)
    except Exception as error:  # noqa: BLE001 - the last one to know: a bug must leave its trace and code 1
        complain_of_bug(error)
        code = 1
        output.fail(error, code)
    sys.exit(code)


def _complain_of_usage(error: click.ClickException) -> None:
    """Print what click says of it, to stderr, where it can do no more than be read."""
    said = io.StringIO()
    error.show(said)
    say(without_secrets(said.getvalue().removesuffix("\n")), err=True)


def _short_of_memory(same_again: str) -> UnusableError:
    return UnusableError(
        "cannot go on",
        "vlmhb itself got no more memory (MemoryError); what is on disk is whole",
        expected="more memory on this machine, or a higher limit for this container or shell "
        "(`ulimit -v`)",
        next_step=f"end what else takes memory, or ask for less at once, then: {same_again}",
    )
