"""Secrets written into a file of a run: what a file says goes into run.json and the report."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from vlmhb.config.source import Loc, Source
from vlmhb.domain.secret_text import has_user

_KEYS = re.compile(
    r"token|(.*[_-])?(api[_-]?key|access[_-]?key|secret[_-]?key|password|passwd|secret|bearer"
    r"|authorization|(hf|hub|auth|access|api|bearer|refresh|session)[_-]?token)",
    re.IGNORECASE | re.ASCII,
)
"""Keys whose value is one, where that is a text."""
_SHAPES = re.compile(
    r"\b(hf_[A-Za-z0-9]{30,}|gh[pousr]_[A-Za-z0-9]{30,}"
    r"|sk-(?=[A-Za-z_-]*[0-9])[A-Za-z0-9_-]*?[A-Za-z0-9]{16}"
    r"|github_pat_[A-Za-z0-9_]{30,}|glpat-[A-Za-z0-9_-]{16,}|AKIA[A-Z0-9]{16}"
    r"|eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]+)"
    r"|\bBearer (?=[A-Za-z._~+/-]*[0-9])[A-Za-z0-9._~+/-]{16,}",
    re.ASCII,
)
"""Tokens of the hub, of endpoints, of GitHub, GitLab and Amazon, and web tokens. Words have no
digits: `sk-` is Slovak, and a bearer may bring a document."""
_NO_SECRET = re.compile(r"<.*>|empty|none|dummy", re.IGNORECASE | re.DOTALL)
"""A model's own mark, such as `</s>`, and what servers are told that want no key."""
_QUERY = re.compile(
    r"://[^\s?#]*\?[^\s#]*?\b(token|access_token|api_?key|key|auth|password|secret)=[^\s&#]",
    re.IGNORECASE,
)


def secrets_in(source: Source) -> Iterator[tuple[Loc, str]]:
    """(place, what is expected there) of every secret in a file; the secret is not told."""
    named = source.values.get("secrets")
    for loc, text in _texts(source.values, ()):
        if loc[:2] == ("dataset", "source"):
            continue  # addresses that are kept without what may be a secret
        if has_user(text):
            yield loc, "an address without a login"
        elif _SHAPES.search(text):
            yield loc, "no token: it would be kept in run.json and the report"
        elif loc[0] == "params" and _QUERY.search(text):
            yield loc, "an address without a secret in its query"
        elif loc[0] == "params" and _is_secret(loc[-1], text, named):
            yield loc, "no secret: name its environment variable under `secrets`"


def _is_secret(key: str | int, text: str, named: Any) -> bool:
    if not (isinstance(key, str) and text and _KEYS.fullmatch(key)) or _NO_SECRET.fullmatch(text):
        return False
    return not (isinstance(named, list) and text in named)


def _texts(value: Any, loc: Loc) -> Iterator[tuple[Loc, str]]:
    if isinstance(value, str):
        yield loc, value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _texts(item, (*loc, key))
    elif isinstance(value, list):
        for place, item in enumerate(value):
            yield from _texts(item, (*loc, place))
