"""Domain values <-> the JSON that the run folder keeps."""

from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from vlmhb.domain.answer import Outcome
from vlmhb.domain.digest import canonical_json
from vlmhb.domain.run import LoadedTask

OUTCOME: TypeAdapter[Outcome] = TypeAdapter(Outcome)
TASKS: TypeAdapter[tuple[LoadedTask, ...]] = TypeAdapter(tuple[LoadedTask, ...])

T = TypeVar("T")


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
        raise ValueError(str(error)) from error
