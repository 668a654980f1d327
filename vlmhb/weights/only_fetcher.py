"""One who fetches a repo, while others wait."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from vlmhb.system.file_lock import try_lock
from vlmhb.system.patience import StoppedError
from vlmhb.weights.caller import Caller

_LOOK_UP_S = 0.1


@contextmanager
def only_fetcher(lock: Path, repo: str, caller: Caller) -> Iterator[None]:
    """Hold `lock`; wait while another process does.

    It saves work and nothing more: on a file system without locks two may fetch the same file, and
    the hash of the whole decides what is kept.

    Raises:
        StoppedError: the caller stopped wanting the repo.
        OSError: the file system refused.
    """
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("ab") as file:
        while not try_lock(file):
            caller.tell(f"waiting for another process that fetches {repo}", 0, 0)
            if caller.cancelled.wait(_LOOK_UP_S):
                raise StoppedError
        yield
