"""Where names of runs, models, tasks and envspecs are looked up."""

from collections.abc import Collection
from enum import Enum
from pathlib import Path

from vlmhb.config.issues import did_you_mean
from vlmhb.system.named_files import SUFFIXES, built_in_root, name_of, named_files, with_suffix

PROMPT_SUFFIXES = (*SUFFIXES, ".csv", ".txt")
"""By its path a prompt set may also be named in the formats of VLMHyperBench."""
MAX_LISTED = 12
"""Known names that an error shows; `vlmhb list` shows all."""


class Kind(str, Enum):
    """What a name can stand for."""

    RUN = "run"
    MODEL = "model"
    TASK = "task"
    ENVSPEC = "envspec"
    PROMPT = "prompt"
    """A prompt set."""


class UnknownName(Exception):  # noqa: N818 - it becomes one line of a ConfigError
    """Nothing has this name; the text says what was expected instead."""


class Library:
    """Folders that hold `configs/` and `envspecs/`; the first one that knows a name wins."""

    def __init__(self, roots: Collection[Path]) -> None:
        self.roots = tuple(dict.fromkeys(root.resolve() for root in roots))

    @classmethod
    def standard(cls, cwd: Path) -> "Library":
        """What is in `cwd`, then what vlmhb brings along."""
        return cls((cwd, built_in_root()))

    def around(self, file: Path) -> "Library":
        """This library, but first the `configs` tree that `file` lies in, if it lies in one."""
        folders = file.resolve().parents
        trees = [folder.parent for folder in folders if folder.name == "configs"]
        return Library((*trees[:1], *self.roots))

    def names(self, kind: Kind) -> tuple[str, ...]:
        """Every name of this kind, sorted."""
        return tuple(
            sorted({name_of(file) for root in self.roots for file in named_files(root, kind.value)})
        )

    def find(self, kind: Kind, name: str) -> Path:
        """The file called `name`.

        Raises:
            UnknownName: no folder has it.
        """
        for root in self.roots:
            for file in named_files(root, kind.value):
                if name_of(file) == name:
                    return file
        known = self.names(kind)
        listed = ", ".join((*known[:MAX_LISTED], *("..." for _ in known[MAX_LISTED:][:1])))
        raise UnknownName(
            f"the name of {_a(kind)} (known: {listed or 'none'})" + did_you_mean(name, known)
        )

    def resolve(self, kind: Kind, written: str, base: Path) -> Path:
        """The file meant by `written`: a name, or a path that starts from `base`.

        A path that is not there is also tried from every folder of the library, so the path a
        built-in file has in the repository works where vlmhb is installed from a wheel.

        Raises:
            UnknownName: there is no such file.
        """
        suffixes = PROMPT_SUFFIXES if kind is Kind.PROMPT else SUFFIXES
        if not ("/" in written or written.endswith(suffixes)):
            return self.find(kind, written)
        if not written.endswith(suffixes):
            raise UnknownName(f"a name, or a path that ends in {SUFFIXES[0]}")
        for folder in (base, *self.roots):
            if _is_file(folder / written):
                return folder / written
        missing = base / written
        known = [file.name for file in with_suffix(missing.parent, suffixes)]
        raise UnknownName("the path of an existing file" + did_you_mean(missing.name, known))

    def folder(self, written: str, base: Path) -> Path:
        """The dataset folder meant by `written`: below `base`, or below a library's data folder.

        Raises:
            UnknownName: there is no such folder.
        """
        places = [base / written, *(root / "configs" / "data" / written for root in self.roots)]
        for place in places:
            if _is_folder(place):
                return place.resolve()
        tried = ", ".join(str(place) for place in dict.fromkeys(places))
        raise UnknownName(f"an existing folder (tried {tried})")


def shown(path: Path, cwd: Path) -> str:
    """The path as a user in `cwd` would write it."""
    return str(path.relative_to(cwd) if path.is_relative_to(cwd) else path)


def shown_here(path: Path) -> str:
    """The path as a user in the current folder would write it."""
    return shown(path, Path.cwd())


def _a(kind: Kind) -> str:
    words = {Kind.ENVSPEC: "an envspec", Kind.PROMPT: "a prompt set"}
    return words.get(kind, f"a {kind.value}")


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False
