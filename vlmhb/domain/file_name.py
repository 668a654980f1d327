"""Names of models, tasks and documents as parts of file names."""

import hashlib
import re
import unicodedata
from collections.abc import Iterable

_UNSAFE = re.compile(r"[^\w.+()@ -]")
MAX_BYTES = 180
"""Of a name that stands alone; file systems take 255, and an ending comes behind it."""


def in_file_name(text: str) -> str:
    """`text` with everything replaced that would lead elsewhere or offend a file system."""
    return _UNSAFE.sub("-", text).strip(". ") or "-"


def file_key(name: str) -> str:
    """The same for names that some file system takes for one, whatever their capitals."""
    return unicodedata.normalize("NFD", unicodedata.normalize("NFD", name).casefold())


def file_names(texts: Iterable[str]) -> dict[str, str]:
    """Each text as a file system takes it; no two alike, on any of them."""
    made: dict[str, str] = {}
    taken: set[str] = set()
    for text in dict.fromkeys(texts):
        usual = name = _shortened(text)
        number = 1
        while file_key(name) in taken:
            number += 1
            name = f"{usual}_{number}"
        taken.add(file_key(name))
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
