"""Inspections: what an existing Python holds that vlmhb did not install."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from vlmhb.domain.digest import sha256_of
from vlmhb.domain.envspec import Packages
from vlmhb.env.interpreter import Interpreter, ask
from vlmhb.env.no_deps import normalised
from vlmhb.errors import EnvError
from vlmhb.system.process import run

_QUESTION = """
import hashlib, importlib.metadata, importlib.util, json
found = {}
for package in importlib.metadata.distributions():
    name = package.metadata["Name"]
    if name and name not in found:
        record = package.read_text("RECORD") or package.read_text("METADATA") or ""
        sha256 = hashlib.sha256(record.encode("utf-8", "backslashreplace")).hexdigest()
        found[name] = [package.version, sha256]
print(json.dumps({"packages": found, "worker": importlib.util.find_spec("msgpack") is not None}))
"""

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
        """64 hex digits over the interpreter and the list of files of every package."""
        return sha256_of({"interpreter": asdict(self.interpreter), "records": self.records})


def inspect(python: Path) -> Inspection:
    """What the Python at `python` holds. Nothing is installed into it and nothing written.

    A package counts by the list of files it was installed with: a file changed since is not seen.

    Raises:
        EnvError: it is not there, or cannot be asked.
    """
    interpreter = ask(python)
    try:
        completed = run(
            [python, "-I", "-B", "-c", _QUESTION],
            environment={},
            cwd=Path("/"),
            timeout_s=_TIMEOUT_S,
        )
        answer = json.loads(completed.stdout)
    except (OSError, TimeoutError, ValueError) as error:
        raise EnvError(
            f"cannot list the packages of {python}",
            str(error),
            expected="a Python that runs and can import importlib.metadata (3.8 or newer)",
            next_step="repair that env, or name another one as `interpreter` in envspec.yaml",
        ) from error
    found = sorted((normalised(name), *facts) for name, facts in answer["packages"].items())
    return Inspection(
        interpreter=interpreter,
        packages=tuple((name, version) for name, version, _ in found),
        records=tuple((name, sha256) for name, _, sha256 in found),
        serves_worker=answer["worker"],
    )
