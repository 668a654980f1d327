"""A model that is one function: `module:function(image_path, prompt) -> str`."""

from __future__ import annotations

import inspect
import os
import sys
import time
from typing import Any, Callable

from vlmhb_worker.backend import Backend, Generation, LoadJob, Progress, Reply, Request
from vlmhb_worker.backends.page_engine import checked_params, sha256_of
from vlmhb_worker.backends.user_code import (
    SystemPromptError,
    call,
    imported,
    page_files,
    seed_libraries,
)
from vlmhb_worker.code_digest import code_sha256

DEFAULTS = {"function": "", "pages_function": "", "folder": "", "code_sha256": ""}

WEIGHTS = "VLMHB_WEIGHTS"
"""The environment variable with the folder of the model's weights, if it has any."""

OFFERED = frozenset(vars(Generation())) | {"system_prompt"}
"""What a function may have parameters for, beside page and prompt."""


class SeveralPagesError(Exception):
    """A request shows more pages than the function takes."""


class CodeChangedError(Exception):
    """The code is not the one that the run began with."""


class Function(Backend):
    """Calls a function with the path of a page and the prompt; what it returns is the answer.

    Params:
        function: `module:function`, for requests of one page.
        pages_function: the same for requests of several; it gets a list of paths.
        folder: absolute path of the folder that holds the module, if no package of the env does.
        code_sha256: the host's digest of the code in `folder`; other code is refused.
    A function gets by name what it has a parameter for: `system_prompt` and what `Generation`
    holds (`max_new_tokens`, `seed`, ...).
    The module is imported once, so whatever it loads at its top is loaded once. It finds the folder
    of the model's weights in the environment, as `VLMHB_WEIGHTS`, and secrets by their names.
    """

    def load(self, job: LoadJob, progress: Progress) -> dict[str, str]:
        """Import the module, with everything it does at its top."""
        params = checked_params(job.params, DEFAULTS)
        if not params["function"]:
            raise ValueError("params lack function: module:function, e.g. my_model:answer")
        os.environ.update(job.secrets)
        if job.weights:
            os.environ[WEIGHTS] = job.weights
        self._scratch = job.scratch
        folder = params["folder"]
        if folder:
            _add_folder(folder, params["code_sha256"])
        progress("import of the function", 0, 1)
        seed_libraries(job.seed)
        several = params["pages_function"]
        self._function = _UserFunction(params["function"], folder)
        self._pages_function = _UserFunction(several, folder) if several else None
        progress("import of the function", 1, 1)
        facts = self._pages_function.facts if self._pages_function else {}
        return {**facts, **self._function.facts}

    def answer(self, request: Request) -> Reply:
        """Whatever the function returns; anything but text is refused by name further on."""
        with page_files(request.pages, self._scratch) as paths:
            if len(paths) == 1:
                return self._function.answer(paths[0], request)
            if self._pages_function is None:
                raise SeveralPagesError(
                    f"the request has {len(paths)} pages, and the model's params name no "
                    "pages_function for several"
                )
            return self._pages_function.answer(paths, request)


class _UserFunction:
    """What `module:function` names, and what it wants to know beside page and prompt."""

    def __init__(self, path: str, folder: str) -> None:
        self._path = path
        self._function: Callable[..., Any] = call(imported, path)
        if not callable(self._function):
            raise TypeError(f"{path} is no function but {type(self._function).__name__}")
        module = sys.modules[path.partition(":")[0]]
        self._file = getattr(module, "__file__", None) or ""
        if folder and not _is_inside(self._file, folder):
            raise ImportError(
                f"{path} comes from {self._file} and not from {folder}: the env has a module of "
                "this name already; rename yours"
            )
        self._wants = frozenset(inspect.signature(self._function).parameters) & OFFERED

    @property
    def facts(self) -> dict[str, str]:
        """The digest of the file that holds it, by its name."""
        return {self._path: sha256_of(self._file) if os.path.isfile(self._file) else "no file"}

    def answer(self, pages: Any, request: Request) -> Reply:
        """What it returns for one path or a list of them, and how long it took."""
        if request.system_prompt and "system_prompt" not in self._wants:
            raise SystemPromptError(
                f"the task has a system prompt, and {self._path} has no parameter system_prompt"
            )
        offered = {**vars(request.generation), "system_prompt": request.system_prompt}
        wanted = {name: offered[name] for name in self._wants}
        seed_libraries(request.generation.seed)
        started = time.monotonic()
        text = call(self._function, pages, request.prompt, **wanted)
        return Reply(text, generate_s=time.monotonic() - started)


def _is_inside(file: str, folder: str) -> bool:
    return os.path.realpath(file).startswith(os.path.realpath(folder) + os.sep)


def _add_folder(folder: str, expected_sha256: str) -> None:
    """Let modules of `folder` be found, after all that the env has."""
    if not os.path.isabs(folder):
        raise ValueError(f"folder is {folder!r}, expected an absolute path")
    if not os.path.isdir(folder):
        raise FileNotFoundError(f"folder {folder} does not exist")
    if expected_sha256 and code_sha256(folder) != expected_sha256:
        # A worker is replaced in the middle of a run, and the code may be edited meanwhile.
        raise CodeChangedError(
            f"the code in {folder} changed since the run began, and answers of old and new code "
            "are not mixed; put the old code back, or begin another run"
        )
    sys.path.append(folder)
