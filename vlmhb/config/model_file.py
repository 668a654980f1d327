"""`configs/models/*.yaml`: one model, driven in one way."""

import re
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationInfo, field_validator

from vlmhb.config.env_reference import split_reference
from vlmhb.config.issues import decode
from vlmhb.config.library import Kind, Library
from vlmhb.config.schema import FileModel, Filled, List, Surroundings, known_name, problem
from vlmhb.config.source import read_source
from vlmhb.domain.model import FileNeed, ModelSpec
from vlmhb.domain.task import AnswerKind

_BACKEND = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*")


class _FileNeed(FileModel):
    path: str = Field(description="the absolute path of a file")
    install: Filled = Field(description="the command that puts the file there")

    @field_validator("path")
    @classmethod
    def _absolute(cls, value: str) -> str:
        if not value.startswith("/"):
            raise problem("an absolute path")
        return value


class _ModelFile(FileModel):
    backend: str = Field(description="`module:Class` of a backend inside the env")
    env: str = Field(description="the name of an envspec, or NAME@VARIANT")
    answers: Literal["page_text", "reply"] = Field(description="'page_text' or 'reply'")
    params: dict[str, Any] = Field(default_factory=dict)
    files: List[_FileNeed] = ()
    description: str = ""
    mechanism_only: bool = False
    load_timeout_s: Annotated[float, Field(gt=0)] = 600.0
    answer_timeout_s: Annotated[float, Field(gt=0)] = 300.0

    @field_validator("backend")
    @classmethod
    def _module_and_class(cls, value: str) -> str:
        if not _BACKEND.fullmatch(value):
            raise problem("`module:Class`, e.g. 'vlmhb_worker.backends.toy:ToyBackend'")
        return value

    @field_validator("env")
    @classmethod
    def _known_env(cls, value: str, info: ValidationInfo) -> str:
        known_name(Kind.ENVSPEC, split_reference(value)[0], info)
        return value


def read_model(path: Path, shown: str, library: Library) -> ModelSpec:
    """The model that the file describes; its name is the file's.

    Raises:
        ConfigError: naming every problem with its place.
    """
    where = Surroundings(library, path.parent)
    file = decode(read_source(path, shown), _ModelFile, where.as_context())
    return ModelSpec(
        name=path.stem,
        backend=file.backend,
        env=file.env,
        answers=AnswerKind(file.answers),
        params=file.params,
        files=tuple(FileNeed(need.path, need.install) for need in file.files),
        description=file.description,
        mechanism_only=file.mechanism_only,
        load_timeout_s=file.load_timeout_s,
        answer_timeout_s=file.answer_timeout_s,
    )
