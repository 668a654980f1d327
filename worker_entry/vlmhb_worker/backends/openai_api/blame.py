"""What a server that refuses a request finds wrong with it."""

import re
from typing import Any, Mapping

SIZE, PAGE, REQUEST = "size", "page", "request"

SIZE_CODES = frozenset({"context_length_exceeded", "image_too_large", "image_file_too_large"})
PAGE_CODES = frozenset(
    {
        "empty_image_file",
        "image_parse_error",
        "image_too_small",
        "invalid_base64_image",
        "invalid_image",
        "invalid_image_format",
        "invalid_image_mode",
        "unsupported_image_media_type",
    }
)
"""OpenAI's, which few others use."""

INPUTS = ("messages", "input", "prompt", "image")
"""How the names of fields begin that hold pages and prompt; all others are settings."""

CONTEXT = re.compile(r"context.{0,10}(length|window)|max_model_len", re.IGNORECASE | re.DOTALL)
SETTING = re.compile(
    r"\b(temperature|top_p|seed|max_(completion_)?tokens|stream_options|response_format)\b"
    r"|\b(parameter|param|argument|field)s?\b(?!=)|\bextra inputs?\b|content type"
    r"|only (be )?(supported|available|allowed)|(does|do) not (support|accept|allow)",
    re.IGNORECASE,
)
"""Words of a server that dislikes a setting, or takes no pages at all."""

TOO_LONG = re.compile(
    r"\b(image|picture|page|prompt|input|message|request|payload|body|content)s?\b"
    r".{0,80}(too (long|large|big)|exceed)"
    r"|too (long|large) .{0,20}\b(image|prompt|input|request)s?\b"
    r"|too many (tokens|images|pixels)|exceed\w* .{0,60}\b(tokens|pixels)\b|at most \d+ image",
    re.IGNORECASE | re.DOTALL,
)
UNREADABLE = re.compile(
    r"\b(image|picture)s?\b.{0,60}(invalid|unsupported|decode|identify|format|corrupt|broken)"
    r"|(invalid|unsupported|decode|identify|corrupt|load).{0,60}\bimages?\b",
    re.IGNORECASE | re.DOTALL,
)


def at_fault(said: str, error: Mapping[str, Any]) -> str:
    """`SIZE` or `PAGE` when pages and prompt are to blame for certain, else `REQUEST`.

    Few servers say it with a code, so it is in their words; `error` is the object around them.
    """
    code, param = error.get("code"), error.get("param")
    if code in SIZE_CODES or CONTEXT.search(said):
        return SIZE
    if code in PAGE_CODES:
        return PAGE
    if isinstance(param, str) and param and not param.lstrip("[").startswith(INPUTS):
        return REQUEST
    if SETTING.search(said):
        return REQUEST
    if TOO_LONG.search(said):
        return SIZE
    return PAGE if UNREADABLE.search(said) else REQUEST
