"""`envspecs/<name>/envspec.yaml`: what a venv must hold."""

import re
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from vlmhb.config.issues import decode
from vlmhb.config.library import Library
from vlmhb.config.schema import (
    FileModel,
    Filled,
    List,
    Surroundings,
    UniqueList,
    problem,
    surroundings,
)
from vlmhb.config.source import read_source
from vlmhb.domain.envspec import EnvSpec
from vlmhb.env.specifier import lowest_version
from vlmhb.errors import EnvError

_MODULE = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def _module(value: str) -> str:
    if not _MODULE.fullmatch(value):
        raise problem("the name of a module, e.g. 'numpy'")
    return value


def _one_line(value: str) -> str:
    if not value.strip() or "\n" in value:
        raise problem("one requirement, e.g. 'numpy==2.2.6'")
    return value


def _variable(value: str) -> str:
    if not _VARIABLE.fullmatch(value):
        raise problem("the name of an environment variable")
    return value


_Requirement = Annotated[str, AfterValidator(_one_line)]


class _EnvSpecFile(FileModel):
    python: str = Field(description='the Python versions it works with, e.g. ">=3.10,<3.13"')
    requirements: UniqueList[_Requirement] = Field(description="a list of requirements")
    imports: List[Annotated[str, AfterValidator(_module)]] = Field(
        description="a list of modules that a fresh env must import"
    )
    overrides: List[_Requirement] = ()
    torch: str = ""
    overlay: str = ""
    variables: dict[Annotated[str, AfterValidator(_variable)], str] = Field(default_factory=dict)
    notes: str = ""

    @field_validator("python")
    @classmethod
    def _versions(cls, value: str) -> str:
        try:
            lowest_version(value)
        except EnvError as error:
            raise problem(error.expected or "a version specifier") from error
        return value

    @field_validator("overlay")
    @classmethod
    def _folder_below(cls, value: Filled, info: ValidationInfo) -> str:
        folder = surroundings(info).folder.resolve()
        overlay = (folder / value).resolve()
        if not overlay.is_dir() or not overlay.is_relative_to(folder):
            raise problem("a folder beside envspec.yaml")
        return value


def read_envspec(path: Path, shown: str, library: Library) -> EnvSpec:
    """The envspec that the file describes; its name is the folder's.

    Raises:
        ConfigError: naming every problem with its place.
    """
    where = Surroundings(library, path.parent)
    file = decode(read_source(path, shown), _EnvSpecFile, where.as_context())
    return EnvSpec(
        name=path.resolve().parent.name,
        folder=str(path.resolve().parent),
        **file.model_dump(),
    )
