"""Names of models, tasks and documents as parts of file names."""

import hashlib
import re
from collections.abc import Iterable

_UNSAFE = re.compile(r"[^\w.+()@ -]")
MAX_BYTES = 180
"""Of a name that stands alone; file systems take 255, and an ending comes behind it."""


def in_file_name(text: str) -> str:
    """`text` with everything replaced that would lead elsewhere or offend a file system."""
    return _UNSAFE.sub("-", text).strip(". ") or "-"


def file_names(texts: Iterable[str]) -> dict[str, str]:
    """Each text as a file system takes it; no two alike, whatever it thinks of capitals."""
    made: dict[str, str] = {}
    taken: set[str] = set()
    for text in dict.fromkeys(texts):
        usual = name = _shortened(text)
        number = 1
        while name.casefold() in taken:
            number += 1
            name = f"{usual}_{number}"
        taken.add(name.casefold())
        made[text] = name
    return made


def _shortened(text: str) -> str:
    """Of a long one the beginning, and a digest of all of it."""
    name = in_file_name(text)
    encoded = name.encode()
    if len(encoded) <= MAX_BYTES:
        return name
    digest = hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:8]
    return f"{encoded[:MAX_BYTES].decode(errors='ignore')}-{digest}"
