"""A view of the weights for one worker: the files that its model file chose, and no others.

Code that opens a repo by name opens its branch `main`. Here `main` is the commit that was fetched
for the model, whatever the user's own cache says, and a repo that the model file does not name is
missing on every machine alike.
"""

from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from vlmhb.domain.weights import WeightsFolder
from vlmhb.worker.launch import HUB_FOLDER

_OWN_FOLDER = "weights"
"""Below a worker's scratch: what comes from a folder of the user's."""


def place_of(weights: WeightsFolder) -> PurePosixPath:
    """Where a worker sees them, counted from its scratch folder."""
    if weights.repo:
        return _repo_folder(weights.repo) / "snapshots" / weights.commit
    # Some code tells the kind of a model by the name of its folder.
    return PurePosixPath(_OWN_FOLDER, weights.folder.name or "model")


def lay_out(weights: Iterable[WeightsFolder], scratch: Path) -> None:
    """Make the view below `scratch`; of two commits of one repo, the first is `main`.

    Folders are real and files are links: what a model adds to its weights stays in `scratch`.

    Raises:
        OSError: the file system refused.
    """
    Path(scratch, HUB_FOLDER).mkdir()
    for one in weights:
        if one.repo:
            _note_revisions(one, scratch / _repo_folder(one.repo) / "refs")
        _link_files(one, scratch / place_of(one))


def _repo_folder(repo: str) -> PurePosixPath:
    return PurePosixPath(HUB_FOLDER, "--".join(["models", *repo.split("/")]))


def _note_revisions(weights: WeightsFolder, refs: Path) -> None:
    for name in {"main", weights.revision} - {weights.commit}:
        ref = refs / name
        if not ref.exists():
            ref.parent.mkdir(parents=True, exist_ok=True)
            ref.write_text(weights.commit, encoding="ascii")


def _link_files(weights: WeightsFolder, target: Path) -> None:
    target.mkdir(parents=True, exist_ok=True)
    for name in weights.files:
        link = target / name
        if not link.is_symlink():
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(Path(weights.folder, name).resolve())
