"""A view of the hub's cache for one worker: a few repos, each at one commit.

Code that opens a repo by name opens its branch `main`. Here `main` is the commit that was fetched
for the model, whatever the user's own cache says, and a repo that the model file does not name is
missing on every machine alike.
"""

import os
from collections.abc import Iterable
from pathlib import Path

from vlmhb.domain.weights import CachedRepo


def lay_out(repos: Iterable[CachedRepo], hub: Path) -> None:
    """Make `hub` a cache of links to these repos; of two commits of one, the first is `main`.

    The links are to files: what a model adds to its cache stays in `hub`.

    Raises:
        OSError: the file system refused.
    """
    hub.mkdir()
    for repo in repos:
        folder = hub / "--".join(["models", *repo.repo.split("/")])
        for name in {"main", repo.revision} - {repo.commit}:
            ref = folder / "refs" / name
            if not ref.exists():
                ref.parent.mkdir(parents=True, exist_ok=True)
                ref.write_text(repo.commit, encoding="ascii")
        _link_files(repo.folder, folder / "snapshots" / repo.commit)


def _link_files(source: Path, target: Path) -> None:
    target.mkdir(parents=True, exist_ok=True)
    for parent, _folders, names in os.walk(source):
        place = target / Path(parent).relative_to(source)
        place.mkdir(exist_ok=True)
        for name in names:
            link = place / name
            if not link.is_symlink():
                link.symlink_to(Path(parent, name).resolve())
