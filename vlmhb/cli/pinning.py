"""Model files whose revisions become commits."""

from pathlib import Path

from vlmhb.config import Kind, Library, load_model
from vlmhb.config.pin import pinned
from vlmhb.domain.model import WeightsRef
from vlmhb.errors import UsageError
from vlmhb.system.files import write_atomic
from vlmhb.weights import WeightsStore


def pin_file(name: str, store: WeightsStore) -> list[str]:
    """Write the commits of a model's repos into its file; what was done, line by line.

    Raises:
        UsageError: there is no such model, it has no repo, or its file is not the user's to change.
        WeightsError: a commit cannot be found out.
        StorageError: the file cannot be written.
    """
    weights = load_model(name).weights
    if weights is None or weights.path:
        raise UsageError(
            f'cannot pin model "{name}"',
            "it has no repo of the hub" if weights is None else f"its weights are {weights.path}",
            next_step="leave it out",
        )
    refs = (weights, *weights.also)
    commits = [store.commit_of(ref) for ref in refs]
    path = _own_file(name)
    old = path.read_bytes()
    new = pinned(old.decode("utf-8"), commits).encode("utf-8")
    if new != old:
        write_atomic(path, new)
    return [_line(ref, commit, path) for ref, commit in zip(refs, commits, strict=True)]


def _line(ref: WeightsRef, commit: str, path: Path) -> str:
    if ref.revision == commit:
        return f"{ref.repo} is pinned already, to {commit}"
    return f"{ref.repo}: {ref.revision} is {commit}, written to {path}"


def _own_file(name: str) -> Path:
    """The model's file, if it lies below the current folder."""
    cwd = Path.cwd()
    path = Library.standard(cwd).resolve(Kind.MODEL, name, cwd).resolve()
    if path.is_relative_to(cwd.resolve()):
        return path
    raise UsageError(
        f'cannot pin model "{name}"',
        f"its file is not below this folder: {path}",
        next_step=f"copy it to configs/models/{path.name}, then run the same command again",
    )
