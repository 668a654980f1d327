"""The code of a model that is a user's function: where it lies, and which code it is."""

from itertools import islice
from pathlib import Path
from typing import Any

from vlmhb_worker.code_digest import code_sha256, python_files

from vlmhb.config.backends import BACKENDS
from vlmhb.config.schema import problem

MAX_FILES = 1_000


def with_code(backend: str, params: dict[str, Any], folder: Path) -> dict[str, Any]:
    """The params with the code's folder made absolute, counted from `folder`, and its digest.

    The digest makes a run with changed code another run, and a worker that finds other code refuses
    to load it. Params of other backends stay as they are.
    """
    written = params.get("folder", "")
    if backend != BACKENDS["function"] or not written:
        return params
    if not isinstance(written, str):
        raise problem("for `folder` the path of a folder, as text")
    code = (folder / Path(written).expanduser()).resolve()
    if not code.is_dir():
        raise problem(f"for `folder` the folder of the function's module; {code} is none")
    _refuse_too_many(str(code))
    return {**params, "folder": str(code), "code_sha256": code_sha256(str(code))}


def _refuse_too_many(folder: str) -> None:
    if len(list(islice(python_files(folder), MAX_FILES + 1))) > MAX_FILES:
        raise problem(
            f"for `folder` a folder for this code alone, with at most {MAX_FILES:,} Python files"
        )
