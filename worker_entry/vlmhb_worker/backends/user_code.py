"""Calls of code that a user wrote: its own seeds, and its ways to fail told apart."""

from __future__ import annotations

import contextlib
import importlib
import os
import random
import sys
from typing import Any, Callable, Iterator, Sequence

from vlmhb_worker.backend import Page, PageError
from vlmhb_worker.backends.pages import page_file
from vlmhb_worker.failures import reason_of

OOM_TEXTS = ("CUDA out of memory", "CUDA error: out of memory", "Превышен лимит GPU-памяти")
"""What a full GPU is called by code that hides torch's exception; the last by VLMHyperBench's."""

MAX_SEED = 2**32 - 1
"""The largest that numpy takes."""


class OutOfMemoryError(RuntimeError):
    """The user's code ran out of memory, and said so in its own words."""


class SystemPromptError(Exception):
    """A task has a system prompt, and the user's code has no place for it."""


class ExitCalledError(Exception):
    """The user's code tried to end the process."""


def call(function: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
    """What `function` returns, whatever that is.

    Raises:
        OutOfMemoryError: memory ran out, also when the function raised something else because of
            it.
        ExitCalledError: it called `sys.exit`.
    """
    try:
        return function(*arguments, **named)
    except SystemExit as error:
        raise ExitCalledError(f"{_name(function)} called sys.exit({error.code!r})") from error
    except Exception as error:
        if reason_of(error) != "oom" and _is_out_of_memory(error):
            raise OutOfMemoryError(str(error)) from error
        raise


@contextlib.contextmanager
def page_files(pages: Sequence[Page], scratch: str) -> Iterator[list[str]]:
    """Paths of the pages, which are at least one; files made for it are gone afterwards.

    The user's code may have moved or deleted them.

    Raises:
        PageError: there is no page.
    """
    if not pages:
        raise PageError("the request has no page to show")
    paths = [page_file(page, scratch) for page in pages]
    try:
        yield paths
    finally:
        for path in {path for page, path in zip(pages, paths) if page.content is not None}:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(path)


def seed_libraries(seed: int) -> None:
    """Begin anew the random numbers of Python, numpy and torch, as far as they are imported.

    Code that samples then answers a request the same way in whatever order requests come.
    """
    random.seed(seed)
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        numpy.random.seed(seed & MAX_SEED)
    torch = sys.modules.get("torch")
    if torch is not None:
        torch.manual_seed(seed)


def imported(path: str) -> Any:
    """What `module:name` names.

    Raises:
        ValueError: it is not written like that.
    """
    module_name, colon, name = path.partition(":")
    if not (module_name and colon and name) or ":" in name:
        raise ValueError(f"got {path!r}, expected module:name, e.g. my_model:answer")
    return getattr(importlib.import_module(module_name), name)


def _is_out_of_memory(error: BaseException) -> bool:
    return any(
        reason_of(link) == "oom" or any(text in str(link) for text in OOM_TEXTS)
        for link in _chain(error)
    )


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """The exception, what it was raised from, and so on."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _name(function: Any) -> str:
    return getattr(function, "__qualname__", type(function).__qualname__)
