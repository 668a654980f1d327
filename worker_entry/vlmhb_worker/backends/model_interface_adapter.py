"""Wrapper packages written for VLMHyperBench, as they are."""

from __future__ import annotations

import importlib
import os
import time
from typing import Any

from vlmhb_worker.backend import Backend, LoadJob, Progress, Reply, Request
from vlmhb_worker.backends.page_engine import checked_params
from vlmhb_worker.backends.user_code import (
    SystemPromptError,
    call,
    page_files,
    seed_libraries,
)
from vlmhb_worker.model_interface import lend_model_interface

DEFAULTS = {
    "class_path": "",
    "model_family": "",
    "model_name": "",
    "system_prompt": "",
    "system_prompt_as": "",
    "cache_dir": "",
    "weights_name": "",
}
REQUIRED = ("class_path", "model_family", "model_name")
SYSTEM_PROMPT_WAYS = ("", "attribute", "question")
NO_PLACE = (
    "the task has a system prompt, and a wrapper is given one only when it is created; say in the "
    "model's params `system_prompt_as: attribute` for a wrapper that reads its attribute "
    "system_prompt when it is asked, or `system_prompt_as: question` to put it before the question"
)


class ModelInterfaceAdapter(Backend):
    """A class of a wrapper package, created through ModelFactory and asked by path.

    Params:
        class_path: `package.module:Class`, or `package.module` when that registers itself.
        model_family: what it is registered as.
        model_name, system_prompt: handed to the class.
        cache_dir: the same; by default the hub's cache as this worker sees it.
        system_prompt_as: what becomes of a task's system prompt, `attribute` (set on the instance
            before each request) or `question` (put before it, with an empty line). Without it, a
            request whose system prompt is another than `system_prompt` fails.
        weights_name: the name by which the wrapper opens its weights (`Qwen/Qwen2-VL-2B-Instruct`),
            for weights from a folder outside the hub's cache.
    The generation settings of a task do not reach a wrapper; it has its own.
    """

    def load(self, job: LoadJob, progress: Progress) -> dict[str, str]:
        """Register the class if it has not done so itself, and create it."""
        params = checked_params(job.params, DEFAULTS)
        _refuse_incomplete(params)
        os.environ.update(job.secrets)
        self._scratch = job.scratch
        self._system_prompt = params["system_prompt"]
        self._system_prompt_as = params["system_prompt_as"]
        cache_dir = _place_weights(job, params)
        is_lent = lend_model_interface()
        factory = importlib.import_module("model_interface.model_factory").ModelFactory
        progress("import of the wrapper", 0, 2)
        _register(factory, params["model_family"], params["class_path"])
        seed_libraries(job.seed)
        progress("model", 1, 2)
        self._model = call(
            factory.get_model,
            params["model_family"],
            {
                "model_name": params["model_name"],
                "system_prompt": self._system_prompt,
                "cache_dir": cache_dir,
            },
        )
        progress("model", 2, 2)
        kind = type(self._model)
        return {
            "wrapper": f"{kind.__module__}:{kind.__qualname__}",
            "framework": str(getattr(self._model, "framework", "")),
            "model_interface": "vlmhb" if is_lent else "installed",
            "system_prompt": self._system_prompt_as or "at creation",
            "generation": "as the wrapper has it",
        }

    def answer(self, request: Request) -> Reply:
        """Whatever the wrapper returns; anything but text is refused by name further on."""
        question = self._question(request)
        with page_files(request.pages, self._scratch) as paths:
            seed_libraries(request.generation.seed)
            started = time.monotonic()
            if len(paths) == 1:
                text = call(self._model.predict_on_image, paths[0], question)
            else:
                text = call(self._model.predict_on_images, paths, question)
            return Reply(text, generate_s=time.monotonic() - started)

    def _question(self, request: Request) -> str:
        system_prompt = request.system_prompt
        if self._system_prompt_as == "attribute":
            self._model.system_prompt = system_prompt or self._system_prompt
        elif self._system_prompt_as == "question" and system_prompt:
            return f"{system_prompt}\n\n{request.prompt}"
        elif system_prompt and system_prompt != self._system_prompt:
            raise SystemPromptError(NO_PLACE)
        return request.prompt


def _refuse_incomplete(params: dict[str, Any]) -> None:
    missing = [name for name in REQUIRED if not params[name]]
    if missing:
        raise ValueError(f"params lack {', '.join(missing)}")
    way = params["system_prompt_as"]
    if way not in SYSTEM_PROMPT_WAYS:
        raise ValueError(f"system_prompt_as is {way!r}, expected attribute or question")


def _register(factory: Any, family: str, class_path: str) -> None:
    if ":" in class_path:
        call(factory.register_model, family, class_path)
    else:
        call(importlib.import_module, class_path)


def _place_weights(job: LoadJob, params: dict[str, Any]) -> str:
    """The cache folder for the wrapper, once its weights can be found by their name.

    Wrappers open `Org/Name`; a folder of that name in the current one, which is scratch, comes
    before any hub.
    """
    name = params["weights_name"] or _name_on_hub(job.weights)
    if job.weights:
        if not name:
            raise ValueError(
                "params lack weights_name: the weights come from a folder, and the wrapper opens "
                "them by the name they have on the hub, e.g. Qwen/Qwen2-VL-2B-Instruct"
            )
        link = os.path.join(job.scratch, *name.split("/"))
        os.makedirs(os.path.dirname(link), exist_ok=True)
        os.symlink(job.weights, link)
    default = os.environ.get("HF_HUB_CACHE") or os.path.join(job.scratch, "model_cache")
    return params["cache_dir"] or default


def _name_on_hub(weights: str) -> str:
    """Repository of `HUB/models--ORG--NAME/snapshots/COMMIT`; else empty."""
    repo, _, commit = os.path.normpath(weights).rpartition("/snapshots/")
    name = os.path.basename(repo)
    if not commit or "/" in commit or not name.startswith("models--"):
        return ""
    return "/".join(name.split("--")[1:])
