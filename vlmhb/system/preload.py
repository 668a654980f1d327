"""Imports that are wanted later, done while there is nothing else to do."""

import importlib
import threading


def preload(*modules: str) -> None:
    """Import `modules` in a thread; whoever imports one meanwhile waits for it, as always."""
    threading.Thread(target=_import_all, args=modules, name="preload", daemon=True).start()


def _import_all(*modules: str) -> None:
    for module in modules:
        importlib.import_module(module)
