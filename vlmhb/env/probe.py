"""The smoke test of a fresh env: everything its worker will import, imported once."""

import tempfile
from pathlib import Path

from vlmhb.domain.envspec import EnvSpec
from vlmhb.env.caller import Caller, build_stopped
from vlmhb.env.lock import WORKER_REQUIREMENT
from vlmhb.errors import EnvError
from vlmhb.system.process import CommandCancelledError, Completed, inherited_environment, run

_IMPORT_ALL = """
import importlib, sys, traceback
sys.path += filter(None, [sys.argv[1]])
for name in sys.argv[2:]:
    try:
        importlib.import_module(name)
    except BaseException as error:
        traceback.print_exc()
        sys.exit("import of %s failed: %s: %s" % (name, type(error).__name__, error))
"""

_TIMEOUT_S = 900.0

_LINES_SHOWN = 25


def probe(spec: EnvSpec, python: Path, caller: Caller, lent: str = "") -> None:
    """Import what the spec lists, which also leaves the bytecode a first start needs.

    In an env of others nothing is written; `lent` is the folder with what it lacks.

    Raises:
        EnvError: an import failed or crashed.
    """
    with tempfile.TemporaryDirectory(prefix="vlmhb-probe-") as scratch:
        environment = {
            **inherited_environment(("PATH",)),
            "LANG": "C.UTF-8",
            "HOME": scratch,
            "TMPDIR": scratch,
            "HF_HUB_OFFLINE": "1",
            "TRANSFORMERS_OFFLINE": "1",
            **spec.variables,
        }
        imports = (WORKER_REQUIREMENT, *spec.imports)
        flags = ("-s", "-B") if spec.interpreter else ("-s",)
        try:
            completed = run(
                (str(python), *flags, "-X", "faulthandler", "-c", _IMPORT_ALL, lent, *imports),
                environment=environment,
                cwd=Path(scratch),
                timeout_s=_TIMEOUT_S,
                cancelled=caller.cancelled,
            )
        except CommandCancelledError as error:
            raise build_stopped() from error
        except (OSError, TimeoutError) as error:
            raise _failed(spec, str(error)) from error
    if completed.returncode != 0:
        raise _failed(spec, _last_words(completed))


def _last_words(completed: Completed) -> str:
    lines = completed.stderr.strip().splitlines() or [f"exit code {completed.returncode}"]
    if completed.returncode < 0:
        lines.append(f"ended by signal {-completed.returncode}")
    return "\n".join([lines[-1], *lines[-_LINES_SHOWN:-1]])


def _failed(spec: EnvSpec, got: str) -> EnvError:
    return EnvError(
        f'env "{spec.name}" was installed and does not work',
        got,
        expected=f"these imports to succeed: {', '.join(spec.imports)}",
        next_step=(
            "add the missing package or system library to the machine or to "
            f"{spec.folder}/envspec.yaml, then run the same command again"
        ),
    )
