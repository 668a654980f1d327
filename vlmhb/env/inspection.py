"""Inspections: what an existing Python holds that vlmhb did not install."""

import errno
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from vlmhb.domain.digest import sha256_of
from vlmhb.domain.envspec import EnvSpec, Interpreter, Packages
from vlmhb.env.interpreter import WHO_ARE_YOU
from vlmhb.env.no_deps import normalised
from vlmhb.errors import EnvError
from vlmhb.system.process import Completed, run

_QUESTION = (
    WHO_ARE_YOU
    + """
packages, worker = {}, False
try:
    import hashlib, importlib.metadata, importlib.util
    for package in importlib.metadata.distributions():
        try:
            name, version = package.metadata["Name"], package.version
        except Exception:
            continue  # what an uninstallation left over
        if name and version and name not in packages:
            files = ("RECORD", "installed-files.txt", "METADATA", "PKG-INFO")
            record = next((text for text in map(package.read_text, files) if text), "")
            sha256 = hashlib.sha256(record.encode("utf-8", "backslashreplace")).hexdigest()
            packages[name] = [version, sha256]
    worker = importlib.util.find_spec("msgpack") is not None
except ImportError:
    pass  # older than any worker can be; the version says so
print(json.dumps({"interpreter": interpreter, "packages": packages, "worker": worker}))
"""
)

_OLDEST = (3, 8)
"""What a worker runs on."""

_TIMEOUT_S = 120.0


@dataclass(frozen=True, slots=True)
class Inspection:
    """A Python and the packages it can import."""

    interpreter: Interpreter
    packages: Packages
    records: Packages
    """(name, sha256 over the list of its files), sorted by name."""
    serves_worker: bool
    """It has what a worker needs beside the standard library."""

    @property
    def sha256(self) -> str:
        """64 hex digits over the interpreter, and version and list of files of every package."""
        return sha256_of(
            {
                "interpreter": asdict(self.interpreter),
                "packages": self.packages,
                "records": self.records,
            }
        )


def inspect(python: Path) -> Inspection:
    """What the Python at `python` holds. Nothing is installed into it and nothing written.

    A package counts by the list of files it was installed with: a file changed since is not seen.

    Raises:
        EnvError: it is not there, or cannot be asked.
    """
    try:
        completed = run(
            [python, "-I", "-B", "-c", _QUESTION],
            environment={},
            cwd=Path("/"),
            timeout_s=_TIMEOUT_S,
        )
    except (OSError, TimeoutError) as error:
        raise _unusable(python, _obstacle(python, error)) from error
    try:
        found = _inspection(json.loads(completed.stdout))
    except (ValueError, TypeError, KeyError) as error:
        raise _unusable(python, f"{python} {_last_words(completed)}") from error
    version = found.interpreter.version
    if tuple(int(number) for number in version.split(".")) < _OLDEST:
        raise _unusable(python, f"{python} is Python {version}")
    return found


def inspect_lent(spec: EnvSpec) -> Inspection:
    """What the env holds whose `interpreter` the spec names.

    Raises:
        EnvError: it is not there, or cannot be asked.
    """
    try:
        return inspect(Path(spec.interpreter))
    except EnvError as error:
        raise EnvError(
            f'cannot use the env that envspec "{spec.name}" names',
            error.got,
            expected=error.expected,
            next_step=f"repair it, or correct `interpreter` in {spec.folder}/envspec.yaml",
        ) from error


def _inspection(answer: Mapping[str, Any]) -> Inspection:
    found = sorted((normalised(name), *facts) for name, facts in answer["packages"].items())
    return Inspection(
        interpreter=Interpreter(**answer["interpreter"]),
        packages=tuple((name, version) for name, version, _ in found),
        records=tuple((name, sha256) for name, _, sha256 in found),
        serves_worker=answer["worker"],
    )


def _unusable(python: Path, got: str) -> EnvError:
    return EnvError(
        f"cannot list the packages of {python}",
        got,
        expected="the Python of an existing env, 3.8 or newer",
        next_step="repair or remove it, then run the same command again",
    )


def _obstacle(python: Path, error: OSError | TimeoutError) -> str:
    match error:
        case FileNotFoundError() if python.exists() or python.is_symlink():
            return f"{python} is a link or a script, and what it names does not exist"
        case FileNotFoundError():
            return f"{python} does not exist"
        case PermissionError() if python.is_dir():
            return f"{python} is a folder"
        case PermissionError():
            return f"{python} is not executable"
        case OSError(errno=errno.ENOEXEC):
            return f"{python} is no program of this machine"
        case _:
            return str(error)


def _last_words(completed: Completed) -> str:
    lines = completed.stderr.strip().splitlines()
    said = f"; its last line was: {lines[-1]}" if lines else ""
    return f"did not answer as a Python does (exit code {completed.returncode}){said}"
