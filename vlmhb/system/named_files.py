"""The YAML files that names stand for, found by where they lie. Nothing is read."""

from collections.abc import Collection
from pathlib import Path

SUFFIXES = (".yaml", ".yml")


def built_in_root() -> Path:
    """The folder with the configs and envspecs that vlmhb brings along."""
    package = Path(__file__).resolve().parent.parent
    installed = package / "_share"
    return installed if installed.is_dir() else package.parent


def named_files(root: Path, kind: str) -> list[Path]:
    """The files below `root` that describe a `run`, `model`, `task`, `prompt` or `envspec` each."""
    if kind == "envspec":
        return sorted(_files(root / "envspecs", "*/envspec.yaml"))
    return with_suffix(root / "configs" / f"{kind}s", SUFFIXES)


def name_of(file: Path) -> str:
    """What such a file is called by."""
    return file.parent.name if file.name == "envspec.yaml" else file.stem


def with_suffix(folder: Path, suffixes: Collection[str]) -> list[Path]:
    """The files of a folder with one of these suffixes; none where there is no such folder."""
    return sorted(file for file in _files(folder, "*") if file.suffix in suffixes)


def _files(folder: Path, pattern: str) -> list[Path]:
    try:
        return [file for file in folder.glob(pattern) if file.is_file()]
    except (OSError, ValueError):
        return []
