"""The index: which env a recipe gave last time, so that finding it needs no process."""

import json
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from vlmhb.domain.envspec import Interpreter
from vlmhb.system.files import write_atomic


@dataclass(frozen=True, slots=True)
class _Entry:
    fingerprint: str
    interpreter: str
    """Its path; size and time tell whether the system replaced it since."""
    size: int
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class Index:
    """Recipe digest -> fingerprint, one small file each; any of them may be deleted."""

    folder: Path

    def fingerprint(self, recipe_digest: str) -> str | None:
        """The env of this recipe; None when unknown or when its interpreter is not the same."""
        try:
            entry = _Entry(**json.loads(self._path(recipe_digest).read_bytes()))
            now = Path(entry.interpreter).stat()
        except (OSError, ValueError, TypeError):
            return None
        same = (now.st_size, now.st_mtime_ns) == (entry.size, entry.mtime_ns)
        return entry.fingerprint if same else None

    def put(self, recipe_digest: str, fingerprint: str, interpreter: Interpreter) -> None:
        """Remember the env of this recipe."""
        now = Path(interpreter.path).stat()
        entry = _Entry(fingerprint, interpreter.path, now.st_size, now.st_mtime_ns)
        self.folder.mkdir(parents=True, exist_ok=True)
        write_atomic(
            self._path(recipe_digest), json.dumps(asdict(entry)).encode("ascii"), durable=False
        )

    def entries(self) -> dict[str, str]:
        """Recipe digest -> fingerprint of all that can be read, fitting or not."""
        found = {}
        for path in self.folder.glob("*.json"):
            with suppress(OSError, ValueError, TypeError):
                found[path.stem] = _Entry(**json.loads(path.read_bytes())).fingerprint
        return found

    def drop(self, recipe_digest: str) -> None:
        """Forget the env of this recipe."""
        self._path(recipe_digest).unlink(missing_ok=True)

    def _path(self, recipe_digest: str) -> Path:
        return self.folder / f"{recipe_digest}.json"
