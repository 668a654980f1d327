"""The code of a model that is a user's function: where it lies, and which code it is."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from vlmhb.config.backends import BACKENDS
from vlmhb.config.schema import problem
from vlmhb.domain.digest import sha256_of
from vlmhb.system.files import sha256_of_file

MAX_FILES = 1_000


def with_code(backend: str, params: dict[str, Any], folder: Path) -> dict[str, Any]:
    """The params with the code's folder made absolute, counted from `folder`, and its digest.

    The digest makes a run with changed code another run. Params of other backends stay as they are.
    """
    written = params.get("folder", "")
    if backend != BACKENDS["function"] or not written:
        return params
    if not isinstance(written, str):
        raise problem("for `folder` the path of a folder, as text")
    code = (folder / Path(written).expanduser()).resolve()
    if not code.is_dir():
        raise problem(f"for `folder` the folder of the function's module; {code} is none")
    return {**params, "folder": str(code), "code_sha256": code_sha256(code)}


def code_sha256(folder: Path) -> str:
    """64 hex digits over the names and contents of all Python files in `folder`."""
    files = list(islice(python_files(folder), MAX_FILES + 1))
    if len(files) > MAX_FILES:
        raise problem(
            f"for `folder` a folder for this code alone, with at most {MAX_FILES:,} Python files"
        )
    return sha256_of({str(file.relative_to(folder)): sha256_of_file(file) for file in files})


def python_files(folder: Path) -> Iterator[Path]:
    """Each file that an import may read."""
    return (file for file in folder.rglob("*.py") if file.is_file())
