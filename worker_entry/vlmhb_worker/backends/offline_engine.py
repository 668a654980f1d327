"""What vLLM's and SGLang's offline engines share: how they are started, and how they are asked."""

import re
from typing import Any, Callable, Dict, List, Mapping, Optional, Sequence, Tuple, TypeVar

from vlmhb_worker import placed
from vlmhb_worker.backend import (
    Generation,
    LoadJob,
    Page,
    Progress,
    RequestTooLargeError,
)
from vlmhb_worker.backends.stderr_copy import StderrCopy

Started = TypeVar("Started")

IN_PREPARATION = 16
"""Requests beyond the engine's seats, so that a free seat never waits for a page to be decoded."""

_TOO_LARGE = re.compile(
    r"(maximum|model's) (context|model|allowed) length|prompt is too long"
    r"|encoder cache size|at most \d+ image",
    re.IGNORECASE,
)
"""The engines have no class for it; this is in their words."""


def refusal(error: Exception, advice: str) -> Exception:
    """The `error` of an engine that took no request up; with `advice` when it is too large."""
    if not _TOO_LARGE.search(str(error)):
        return error
    return RequestTooLargeError(f"{str(error).rstrip('.')}. {advice}")


def engine_arguments(
    params: Dict[str, Any], job: LoadJob, names: Mapping[str, str], **fixed: Any
) -> Dict[str, Any]:
    """The `fixed` arguments, and the params under the engine's own `names`.

    A param that is 0 is left to the engine; the model file's `engine` wins over both.
    """
    named = {name: params[param] for param, name in names.items() if params[param]}
    trust = {"trust_remote_code": job.trust_remote_code}
    return {**fixed, **named, **params["engine"], **trust}


def start(construct: Callable[[], Started], progress: Progress) -> Tuple[Started, StderrCopy]:
    """The engine, and a copy of what its processes print from now on.

    Raises:
        EngineFailedError: it did not start; the message is the error that its processes printed.
        MemoryError: that error says that the device's memory was too small.
    """
    # Loading goes on as long as the engine's processes print something.
    printed = StderrCopy(lambda: progress("start the engine", 1, 2))
    try:
        with printed:
            engine = construct()
    except RuntimeError as error:
        raise printed.failure(error) from error
    printed.forget()
    return engine, printed


def conversation(
    system_prompt: str,
    parts: Sequence[placed.Part],
    show: Callable[[Page], Dict[str, Any]] = lambda _: {"type": "image"},
) -> List[Dict[str, Any]]:
    """The messages that ask it, with pages as `show` has them."""
    content = placed.content_of(parts, show)
    messages: List[Dict[str, Any]] = [{"role": "user", "content": content}]
    if system_prompt.strip():
        system = placed.content_of((system_prompt,), show)
        messages.insert(0, {"role": "system", "content": system})
    return messages


def sampling(generation: Generation, ceiling: int, *, length: str, seed: str) -> Dict[str, Any]:
    """How to write the answer; `ceiling` 0 is none, `length` and `seed` are the engine's words."""
    longest = generation.max_new_tokens
    return {
        length: min(longest, ceiling or longest),
        "temperature": generation.temperature,
        "top_p": generation.top_p,
        seed: generation.seed,
        "stop": [mark for mark in generation.stop if mark],
    }


def given_up(finish_reason: Any, said: str = "") -> Optional[Exception]:
    """The failure of a request that the engine ended itself; None when it is answered."""
    if finish_reason in ("stop", "length"):
        return None
    return RuntimeError(f"the engine gave the request up: {said or finish_reason}")
