"""Imports that are wanted later, done while there is nothing else to do."""

import importlib
import os
import threading

from vlmhb.errors import UnusableError
from vlmhb.system.remedies import REMEDIES, remedy


class Preload:
    """Modules that a thread imports; whoever imports one meanwhile waits for it, as always."""

    def __init__(self, *modules: str) -> None:
        self._modules = modules
        self._failure: Exception | None = None
        self._thread = threading.Thread(target=self._import_all, name="preload", daemon=True)
        self._thread.start()

    def join(self) -> None:
        """Wait until all are there.

        Raises:
            UnusableError: the machine has no more of something. Trying again is no use: extension
                modules that were imported in part cannot be imported any more by this process.
        """
        self._thread.join()
        if self._failure is None:
            return
        refused = _refusal(self._failure)
        if refused is None:
            raise self._failure
        raise UnusableError(
            f"load the code of {', '.join(self._modules)}", str(refused), next_step=remedy(refused)
        ) from self._failure

    def _import_all(self) -> None:
        try:
            for module in self._modules:
                importlib.import_module(module)
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
