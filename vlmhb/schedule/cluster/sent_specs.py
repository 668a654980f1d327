"""Envspecs that travel to nodes, which need not have them."""

import hashlib
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from vlmhb.domain.envspec import EnvSpec
from vlmhb.env import spec_files


@dataclass(frozen=True, slots=True)
class SentSpec:
    """An envspec with its files."""

    spec: EnvSpec
    files: Mapping[str, bytes]
    """Relative path -> content."""

    @classmethod
    def of(cls, spec: EnvSpec) -> "SentSpec":
        """As it is on this machine."""
        folder = Path(spec.folder)
        return cls(
            spec,
            {path.relative_to(folder).as_posix(): path.read_bytes() for path in spec_files(spec)},
        )

    def placed(self, below: Path) -> EnvSpec:
        """The same in a folder of its own on this machine, which is made where it is not there."""
        folder = below / self._digest() / Path(self.spec.folder).name
        if not folder.exists():
            folder.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=folder.parent) as partial:
                Path(partial, folder.name).mkdir()
                for name, content in self.files.items():
                    file = Path(partial, folder.name, name)
                    file.parent.mkdir(parents=True, exist_ok=True)
                    file.write_bytes(content)
                try:
                    Path(partial, folder.name).rename(folder)
                except OSError:
                    if not folder.exists():  # else another process was first, with the same
                        raise
        return replace(self.spec, folder=str(folder))

    def _digest(self) -> str:
        digest = hashlib.sha256()
        for name, content in sorted(self.files.items()):
            digest.update(f"{name}\n{len(content)}\n".encode() + content)
        return digest.hexdigest()[:16]
