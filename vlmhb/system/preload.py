"""What is wanted later and takes its time, done while there is nothing else to do."""

import contextlib
import importlib
import os
import threading

from vlmhb.errors import UnusableError
from vlmhb.system.remedies import REMEDIES, remedy


class Preload:
    """Modules that a thread imports; whoever imports one meanwhile waits for it, as always.

    `module:function` is called, too, once its module is there.
    """

    def __init__(self, *names: str) -> None:
        self._names = names
        self._failure: Exception | None = None
        self._thread = threading.Thread(target=self._load_all, name="preload", daemon=True)

    def start(self) -> None:
        """Begin; a second call does nothing."""
        if self._thread.ident is None:
            with contextlib.suppress(RuntimeError):  # no thread is left: `join` does without
                self._thread.start()

    def join(self) -> None:
        """Wait until all are there; load them here, where no thread does.

        Raises:
            UnusableError: the machine has no more of something. Trying again is no use: extension
                modules that were imported in part cannot be imported any more by this process.
        """
        if self._thread.ident is None:
            self._load_all()
        else:
            self._thread.join()
        if self._failure is None:
            return
        refused = _refusal(self._failure)
        if refused is None:
            raise self._failure
        raise UnusableError(
            f"load the code of {', '.join(self._names)}", str(refused), next_step=remedy(refused)
        ) from self._failure

    def _load_all(self) -> None:
        try:
            for name in self._names:
                module, _, function = name.partition(":")
                loaded = importlib.import_module(module)
                if function:
                    getattr(loaded, function)()
        except Exception as error:  # noqa: BLE001 - raised again by who waits
            self._failure = error


def _refusal(error: BaseException | None) -> OSError | None:
    """What the system refused, at the beginning of it all; None where it was something else."""
    while error is not None:
        if isinstance(error, OSError):
            return error
        for number in REMEDIES:  # all that the loader of extension modules tells is the text
            if os.strerror(number) in str(error):
                return OSError(number, os.strerror(number))
        error = error.__cause__ or error.__context__
    return None
