"""Choices: which interpreter a specifier meant last time, so that a build need not ask for it.

A choice counts as long as its interpreter is the same file and no folder that interpreters are
looked for in got or lost a name. What is chosen inside such a folder by other means (a shim that
now points elsewhere) is noticed when the interpreter chosen before is gone.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from vlmhb.domain.digest import sha256_of
from vlmhb.domain.envspec import Interpreter
from vlmhb.system.files import write_atomic

_DECISIVE = ("HOME", "PATH", "XDG_DATA_HOME", "UV_PYTHON_INSTALL_DIR")
"""The variables that say where interpreters are looked for."""


@dataclass(frozen=True, slots=True)
class Choices:
    """Specifier -> interpreter, one small file each; any of them may be deleted."""

    folder: Path
    environment: Mapping[str, str]
    """What uv sees of the user's environment."""

    def get(self, specifier: str) -> Interpreter | None:
        """The interpreter chosen last time; None when another one may be chosen now."""
        try:
            entry = json.loads(self._path(specifier).read_bytes())
            interpreter = Interpreter(**entry["interpreter"])
            same = entry["seen"] == self._seen(interpreter)
        except (OSError, ValueError, TypeError, KeyError):
            return None
        return interpreter if same else None

    def put(self, specifier: str, interpreter: Interpreter) -> None:
        """Remember a choice."""
        entry = {"interpreter": asdict(interpreter), "seen": self._seen(interpreter)}
        self.folder.mkdir(parents=True, exist_ok=True)
        write_atomic(self._path(specifier), json.dumps(entry).encode("ascii"), durable=False)

    def _seen(self, interpreter: Interpreter) -> dict[str, Any]:
        """What tells that the choice would be the same."""
        now = Path(interpreter.path).stat()
        folders = [*self.environment.get("PATH", "").split(os.pathsep), str(self._downloaded())]
        return {
            "interpreter": [now.st_size, now.st_mtime_ns],
            "folders": {folder: _mtime_ns(folder) for folder in folders},
        }

    def _downloaded(self) -> Path:
        """Where uv keeps the interpreters it fetched."""
        if folder := self.environment.get("UV_PYTHON_INSTALL_DIR"):
            return Path(folder)
        home = Path(self.environment.get("HOME", "/"))
        return Path(self.environment.get("XDG_DATA_HOME", home / ".local/share")) / "uv" / "python"

    def _path(self, specifier: str) -> Path:
        decisive = {name: self.environment.get(name, "") for name in _DECISIVE}
        name = sha256_of({"specifier": specifier, "environment": decisive})
        return self.folder / f"{name}.json"


def _mtime_ns(folder: str) -> int:
    try:
        return Path(folder).stat().st_mtime_ns
    except OSError:
        return 0
