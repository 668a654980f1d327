"""Which code a folder holds: the host notes it for a run, and each worker looks again."""

import hashlib
import json
import os
from typing import Iterator


def code_sha256(folder: str) -> str:
    """64 hex digits over the names and contents of all Python files in `folder`."""
    digests = {os.path.relpath(path, folder): _sha256_of(path) for path in python_files(folder)}
    text = json.dumps(digests, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def python_files(folder: str) -> Iterator[str]:
    """Path of each file that an import may read."""
    for parent, _, names in os.walk(folder):
        paths = (os.path.join(parent, name) for name in names if name.endswith(".py"))
        yield from (path for path in paths if os.path.isfile(path))


def _sha256_of(path: str) -> str:
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()
