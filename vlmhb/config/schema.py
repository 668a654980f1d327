"""What all file models share."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Strict,
    StringConstraints,
    ValidationInfo,
)
from pydantic_core import PydanticCustomError

from vlmhb.config.library import Kind, Library, UnknownName

T = TypeVar("T")


class FileModel(BaseModel):
    """A part of a YAML file: nothing unknown in it, nothing converted, nothing changed later."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a file's names and relative paths are looked up in."""

    library: Library
    folder: Path
    """Of the file."""

    def as_context(self) -> Mapping[str, Any]:
        """For `decode`."""
        return {"surroundings": self}


def surroundings(info: ValidationInfo) -> Surroundings:
    """What was given to `decode`."""
    found: Surroundings = (info.context or {})["surroundings"]
    return found


def problem(expected: str) -> PydanticCustomError:
    """What a validator raises: the text follows `expected` in the message."""
    return PydanticCustomError("problem", "{expected}", {"expected": expected})


def known_name(kind: Kind, written: str, info: ValidationInfo) -> str:
    """`written`, once it is sure that a file has this name or lies there."""
    where = surroundings(info)
    try:
        where.library.resolve(kind, written, where.folder)
    except UnknownName as error:
        raise problem(str(error)) from error
    return written


def _each_once(values: tuple[Any, ...]) -> tuple[Any, ...]:
    twice = [value for index, value in enumerate(values) if value in values[:index]]
    if twice:
        raise problem(f"each entry once, but {twice[0]!r} is there again")
    return values


Filled = Annotated[str, StringConstraints(min_length=1)]
"""Text that is not empty."""
# Strict mode takes tuples for tuples only, and YAML has lists.
List = Annotated[tuple[T, ...], Strict(strict=False)]
UniqueList = Annotated[tuple[T, ...], Strict(strict=False), AfterValidator(_each_once)]
