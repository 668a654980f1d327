"""The body of a request to /chat/completions."""

import json
from typing import Any, Callable, Dict, Sequence

from vlmhb_worker import placed
from vlmhb_worker.backend import Generation, Page, Request
from vlmhb_worker.backends.openai_api.settings import Settings


def body_of(
    request: Request, url_of: Callable[[Page], str], settings: Settings, model: str
) -> bytes:
    """`request` as JSON, the pages before the prompt unless marks in it place them."""
    body: Dict[str, Any] = {
        **settings.extra,
        "model": model,
        "messages": messages_of(request, url_of),
        **_generation(request.generation, settings),
        "stream": settings.stream,
    }
    if settings.stream:
        body["stream_options"] = {"include_usage": True}
    return json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")


def messages_of(request: Request, url_of: Callable[[Page], str]) -> Sequence[Dict[str, Any]]:
    """The system prompt, if there is one, and one user message."""
    messages = []
    if request.system_prompt.strip():
        messages.append({"role": "system", "content": request.system_prompt})
    content: Any = request.prompt
    if request.pages:
        content = placed.content_of(
            placed.parts(request, places=True),
            lambda page: {"type": "image_url", "image_url": {"url": url_of(page)}},
        )
    return [*messages, {"role": "user", "content": content}]


def _generation(wanted: Generation, settings: Settings) -> Dict[str, Any]:
    values: Dict[str, Any] = {
        "max_tokens": wanted.max_new_tokens,
        "temperature": wanted.temperature,
        "top_p": wanted.top_p,
        "seed": wanted.seed,
    }
    if wanted.stop:
        values["stop"] = list(wanted.stop)
    for name in settings.leave_out:
        values.pop(name, None)
    if "max_tokens" in values:
        values[settings.max_tokens_name] = values.pop("max_tokens")
    return values
