"""The files of an envspec, for who takes it to another machine."""

from pathlib import Path

from vlmhb.domain.envspec import EnvSpec
from vlmhb.env.lock import lock_path


def spec_files(spec: EnvSpec) -> list[Path]:
    """All that it may name, sorted, but of its locks only the one for this variant."""
    lock = lock_path(spec)
    return [
        path
        for path in sorted(Path(spec.folder).rglob("*"))
        if path.is_file()
        and not path.is_symlink()
        and "__pycache__" not in path.parts
        and (path == lock or path.parent != lock.parent or path.suffix != lock.suffix)
    ]
