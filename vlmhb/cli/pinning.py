"""Model files whose revisions become commits."""

from dataclasses import dataclass
from pathlib import Path

from vlmhb.config import Kind, Library, load_model
from vlmhb.config.pin import pinned
from vlmhb.domain.digest import Json
from vlmhb.errors import UsageError
from vlmhb.system.files import write_atomic
from vlmhb.weights import OnProgress, WeightsStore


@dataclass(frozen=True, slots=True)
class Pin:
    """What a revision of a repo means now."""

    repo: str
    revision: str
    """As the file said."""
    commit: str
    file: Path

    @property
    def is_new(self) -> bool:
        """Whether the file was changed for it."""
        return self.revision != self.commit

    def __str__(self) -> str:
        if not self.is_new:
            return f"{self.repo} is pinned already, to {self.commit}"
        return f"{self.repo}: {self.revision} is {self.commit}, written to {self.file}"

    def as_json(self) -> dict[str, Json]:
        """For programs."""
        return {
            "repo": self.repo,
            "revision": self.revision,
            "commit": self.commit,
            "written": self.is_new,
            "file": str(self.file),
        }


def pin_file(name: str, store: WeightsStore, on_progress: OnProgress) -> list[Pin]:
    """Write the commits of a model's repos into its file; what each was and is.

    Raises:
        UsageError: there is no such model, it has no repo, or its file is not the user's to change,
            or not by a program.
        WeightsError: a commit cannot be found out.
        StorageError: the file cannot be written.
    """
    weights = load_model(name).weights
    refs = () if weights is None else (weights, *weights.also)
    repos = [ref for ref in refs if ref.repo]
    if not repos or len(repos) < len(refs):
        own = refs[0].path if refs else ""
        raise UsageError(
            f'cannot pin model "{name}"',
            f"its weights are {own}" if own else "it has no repo of the hub",
            next_step="write the commits of the repos under `also` into its file yourself"
            if repos
            else "leave it out",
        )
    commits = [store.commit_of(ref, on_progress=on_progress) for ref in refs]
    path = _own_file(name)
    old = path.read_bytes()
    new = pinned(old.decode("utf-8"), commits, str(path)).encode("utf-8")
    if new != old:
        write_atomic(path, new)
    return [
        Pin(ref.repo, ref.revision, commit, path) for ref, commit in zip(refs, commits, strict=True)
    ]


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
