"""Domain values <-> the JSON that the run folder keeps."""

from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from vlmhb.domain.answer import Outcome
from vlmhb.domain.digest import canonical_json
from vlmhb.domain.run import LoadedTask

OUTCOME: TypeAdapter[Outcome] = TypeAdapter(Outcome)
TASKS: TypeAdapter[tuple[LoadedTask, ...]] = TypeAdapter(tuple[LoadedTask, ...])

T = TypeVar("T")


def problem_of(error: OSError | ValidationError) -> str:
    """Why a file could not be read, in one line: the first thing wrong and where it is."""
    if isinstance(error, OSError):
        return error.strerror or str(error)
    found = error.errors(include_url=False, include_context=False)
    # Of a file in another format, everything else that is wrong follows from that.
    first = next((detail for detail in found if detail["loc"] == ("schema_version",)), found[0])
    where = ".".join(str(part) for part in first["loc"])
    got = f", got {first['input']!r}" if isinstance(first["input"], int | float) else ""
    return f"{where}: {first['msg']}{got}" if where else first["msg"]


def encode(adapter: TypeAdapter[T], value: T) -> str:
    """One line of ASCII JSON."""
    return canonical_json(adapter.dump_python(value, mode="json"))


def decode(adapter: TypeAdapter[T], record: Any) -> T:
    """The value behind parsed JSON.

    Raises:
        ValueError: the record has another shape.
    """
    try:
        return adapter.validate_python(record)
    except ValidationError as error:
        raise ValueError(problem_of(error)) from error
