"""`configs/runs/*.yaml`: which models, which tasks, how many at a time."""

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, ValidationInfo

from vlmhb.config.issues import decode
from vlmhb.config.library import Kind, Library
from vlmhb.config.schema import FileModel, Surroundings, UniqueList, known_name
from vlmhb.config.source import read_source


def _model(value: str, info: ValidationInfo) -> str:
    return known_name(Kind.MODEL, value, info)


def _task(value: str, info: ValidationInfo) -> str:
    return known_name(Kind.TASK, value, info)


class RunFile(FileModel):
    """The file as it is written, its names still names."""

    models: Annotated[UniqueList[Annotated[str, AfterValidator(_model)]], Field(min_length=1)] = (
        Field(description="a list of models, by name or path")
    )
    tasks: Annotated[UniqueList[Annotated[str, AfterValidator(_task)]], Field(min_length=1)] = (
        Field(description="a list of tasks, by name or path")
    )
    max_workers: Annotated[int, Field(ge=1)] = 1
    limit: Annotated[int, Field(ge=1)] | None = None
    seed: Annotated[int, Field(ge=0)] = 0


def read_run(path: Path, shown: str, library: Library) -> RunFile:
    """What the file says; every name in it is known to exist.

    Raises:
        ConfigError: naming every problem with its place.
    """
    where = Surroundings(library, path.parent)
    return decode(read_source(path, shown), RunFile, where.as_context())
