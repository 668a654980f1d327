"""The smoke test of a fresh env: everything its worker will import, imported once."""

from pathlib import Path

import vlmhb_worker

from vlmhb.domain.envspec import EnvSpec
from vlmhb.env.caller import Caller, build_stopped
from vlmhb.env.lock import WORKER_REQUIREMENT
from vlmhb.errors import EnvError
from vlmhb.system.drivers import driver_folders, with_folders
from vlmhb.system.process import CommandCancelledError, Completed, inherited_environment, run
from vlmhb.system.scratch import scratch_folder

_IMPORT_ALL = """
import importlib, os, sys
from importlib.machinery import SourceFileLoader
lent, worker, *names = sys.argv[1:]
sys.path += filter(None, [lent])
writes_none, sys.dont_write_bytecode = sys.dont_write_bytecode, False
for folder, _, files in os.walk(worker):
    for file in files:
        if file.endswith(".py"):
            try:
                SourceFileLoader(file, os.path.join(folder, file)).get_code(file)
            except (OSError, SyntaxError):
                pass  # then its start takes a little longer
sys.dont_write_bytecode = writes_none
for name in names:
    try:
        importlib.import_module(name)
    except BaseException as error:
        import traceback  # not before: it takes longer than a small import
        traceback.print_exc()
        sys.exit("import of %s failed: %s: %s" % (name, type(error).__name__, error))
"""

_WORKER = Path(vlmhb_worker.__file__).parent

_TIMEOUT_S = 900.0

_LINES_SHOWN = 25


def probe(spec: EnvSpec, python: Path, caller: Caller, lent: str = "") -> None:
    """Import what the spec lists, which also leaves the bytecode a first start needs.

    Beside the worker's own files, where that folder can be written, its bytecode for this Python is
    left as well: workers write none. In an env of others nothing is written; `lent` is the folder
    with what it lacks.

    Raises:
        EnvError: an import failed or crashed.
    """
    with scratch_folder("probe") as scratch:
        environment = {
            **inherited_environment(("PATH",)),
            "LANG": "C.UTF-8",
            "HOME": scratch,
            "TMPDIR": scratch,
            "HF_HUB_OFFLINE": "1",
            "TRANSFORMERS_OFFLINE": "1",
            **with_folders(spec.variables, driver_folders()),
        }
        arguments = (lent, str(_WORKER), WORKER_REQUIREMENT, *spec.imports)
        flags = ("-s", "-B") if spec.interpreter else ("-s",)
        try:
            completed = run(
                (str(python), *flags, "-X", "faulthandler", "-c", _IMPORT_ALL, *arguments),
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
    expected = f"these imports to succeed: {', '.join(spec.imports)}"
    file = f"{spec.folder}/envspec.yaml"
    if spec.interpreter:
        return EnvError(
            f'env "{spec.name}", lent by {spec.interpreter}, does not work',
            got,
            expected=expected,
            next_step=f"repair that env, or correct `interpreter` or `imports` in {file}, then "
            "run the same command again",
        )
    return EnvError(
        f'env "{spec.name}" was installed and does not work',
        got,
        expected=expected,
        next_step="add the missing package or system library to the machine or to "
        f"{file}, then run the same command again",
    )
