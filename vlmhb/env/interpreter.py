"""Interpreters: which Python an env is made from, to the build."""

import json
import sys
from pathlib import Path

from vlmhb.domain.envspec import Interpreter
from vlmhb.env.caller import Caller
from vlmhb.env.uv import Uv
from vlmhb.errors import EnvError
from vlmhb.system.process import run

WHO_ARE_YOU = """
import json, os, sys
try:
    libc = os.confstr("CS_GNU_LIBC_VERSION")
except (AttributeError, ValueError, OSError):
    libc = "other"
interpreter = {
    "path": os.path.realpath(sys.executable),
    "version": "%d.%d.%d" % sys.version_info[:3],
    "build": sys.version,
    "implementation": sys.implementation.cache_tag,
    "libc": libc,
}
"""
"""Sets `interpreter` to the fields of `Interpreter`."""

_QUESTION = f"{WHO_ARE_YOU}print(json.dumps(interpreter))"


def find_interpreter(specifier: str, uv: Uv) -> Interpreter:
    """The Python uv finds first for `specifier`: on the path, of the system, or its own.

    Raises:
        EnvError: none that is installed fits; the error lists those that are.
    """
    path = uv.find_python(specifier)
    if path is None:
        raise _none_fits(specifier, uv)
    return ask(path)


def find_or_download_interpreter(specifier: str, uv: Uv, caller: Caller) -> Interpreter:
    """As `find_interpreter`; when none fits and the user does not forbid it, uv downloads one.

    Raises:
        EnvError: none fits, and none can be had.
    """
    if path := uv.find_python(specifier):
        return ask(path)
    if not uv.may_download_python:
        raise _none_fits(specifier, uv)
    caller.tell(f'no installed Python fits "{specifier}"; uv downloads one')
    try:
        uv.install_python(specifier, caller)
    except EnvError as error:
        caller.check()
        why = error.got.splitlines()[0]
        raise _none_fits(specifier, uv, tried=f", downloading failed ({why})") from error
    return find_interpreter(specifier, uv)


def ask(path: Path) -> Interpreter:
    """What the Python at `path` is.

    Raises:
        EnvError: it is not there, or does not run.
    """
    try:
        completed = run(
            [path, "-I", "-S", "-c", _QUESTION], environment={}, cwd=Path("/"), timeout_s=60.0
        )
        return Interpreter(**json.loads(completed.stdout))
    except (OSError, TimeoutError, ValueError, TypeError) as error:
        raise EnvError(
            f"cannot use the interpreter {path}",
            str(error),
            next_step="remove or repair it, then run the same command again",
        ) from error


def _none_fits(specifier: str, uv: Uv, tried: str = "") -> EnvError:
    found = [f"  {version}  {path}" for version, path in uv.installed_pythons()]
    return EnvError(
        f'no Python fits "{specifier}"',
        f"none is installed{tried}; there are:\n" + "\n".join(found or ["  none"]),
        next_step=(
            "install one from the system's packages or with pyenv and put it on PATH, or, with a "
            f"network, run: {sys.executable} -m uv python install '{specifier}'"
        ),
    )
