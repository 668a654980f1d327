"""Names for contents: the same value gives the same digest on every machine."""

import hashlib
import json
from collections.abc import Mapping, Sequence

from typing_extensions import TypeAliasType

Json = TypeAliasType(
    "Json", "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"
)


def canonical_json(value: Json) -> str:
    """One line of ASCII JSON with sorted keys and no spaces; NaN and infinity are refused."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def sha256_of(value: Json) -> str:
    """64 hex digits naming `value`."""
    return hashlib.sha256(canonical_json(value).encode("ascii")).hexdigest()
