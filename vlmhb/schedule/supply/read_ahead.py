"""What the next model will load, read while another one answers.

A worker that imports its stack and loads its weights waits for the disk most of the time, and its
GPU with it. Files that were read shortly before come from the kernel's memory.
"""

import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from itertools import takewhile
from pathlib import Path

from vlmhb.domain.envspec import Env
from vlmhb.system.memory import available_bytes
from vlmhb.system.mounts import read_mounts
from vlmhb.system.read_ahead import read_ahead
from vlmhb.weights import FetchedWeights

SHARE = 0.5
"""Of the memory that is left: the most that files of one model may fill. What is filled this way
the kernel gives to whoever asks for it."""
PATIENCE_S = 1.0
"""For a disk that does not answer: nobody depends on what is read."""
COMPILED = frozenset({".so", ".pyc"})
"""What of an env an import reads; libraries have a version behind it."""


class ReadAhead:
    """A thread that reads what models will load, each model once, in the order of the asking."""

    def __init__(self, available: Callable[[], int] | None = None) -> None:
        """`available` tells the memory that is left, where it is not the system that is asked."""
        self._available = available or _available_bytes
        self._known: set[str] = set()
        self._asked: queue.SimpleQueue[Iterable[Path] | None] = queue.SimpleQueue()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._read_all, name="read-ahead", daemon=True)

    def read(self, model: str, files: Iterable[Path]) -> None:
        """Read its files, after those that were asked for before."""
        if model in self._known:
            return
        self._known.add(model)
        self._asked.put(files)
        if not self._thread.ident:
            with suppress(RuntimeError):  # no thread is left: then its load takes longer
                self._thread.start()

    def stop(self) -> None:
        """Read nothing more."""
        self._stop.set()
        self._asked.put(None)

    def close(self) -> None:
        """Stop, and wait until nothing is read, unless the disk does not answer."""
        self.stop()
        if self._thread.is_alive():
            self._thread.join(PATIENCE_S)

    def _read_all(self) -> None:
        while (asked := self._asked.get()) is not None and not self._stop.is_set():
            with suppress(OSError):  # whoever loads these files will say what is wrong with them
                files = list(takewhile(lambda _path: not self._stop.is_set(), asked))
                if sum(path.stat().st_size for path in files) <= SHARE * self._available():
                    read_ahead(files, self._stop)


def compiled_files(env: Env) -> Iterator[Path]:
    """What imports from an env read."""
    for path in (Path(env.python).parent.parent / "lib").rglob("*"):
        if not COMPILED.isdisjoint(path.suffixes):
            yield path


def weights_files(fetched: FetchedWeights) -> Iterator[Path]:
    """What a model is loaded from."""
    for one in fetched.folders:
        yield from (one.folder / name for name in one.files)


def _available_bytes() -> int:
    return available_bytes(read_mounts())
