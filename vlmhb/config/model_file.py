"""`configs/models/*.yaml`: one model, driven in one way."""

import math
import os
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, ValidationInfo, field_validator, model_validator

from vlmhb.config.backends import BACKENDS
from vlmhb.config.env_reference import split_reference
from vlmhb.config.function_code import with_code
from vlmhb.config.issues import decode, did_you_mean
from vlmhb.config.library import Kind, Library
from vlmhb.config.prompt_file import PromptSetName, named_prompts
from vlmhb.config.schema import (
    FileModel,
    Filled,
    List,
    Surroundings,
    UniqueList,
    known_name,
    problem,
    surroundings,
)
from vlmhb.config.source import read_source
from vlmhb.domain.model import FileNeed, ModelSpec, WeightsRef
from vlmhb.domain.prompt import EVERY_TASK
from vlmhb.domain.task import AnswerKind
from vlmhb.domain.worker_limits import WorkerLimits

_BACKEND = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*")
_REPO = re.compile(r"[\w.-]+/[\w.-]+", re.ASCII)
_USUAL = WorkerLimits()
_TENSOR = ("tensor_parallel_size",)
_PIPELINE = ("pipeline_parallel_size", "pp_size")
"""Of vLLM, and of SGLang."""


class _FileNeed(FileModel):
    path: str = Field(description="the absolute path of a file")
    install: Filled = Field(description="the command that puts the file there")

    @field_validator("path")
    @classmethod
    def _absolute(cls, value: str) -> str:
        if not value.startswith("/"):
            raise problem("an absolute path")
        return value


class _Repo(FileModel):
    repo: str = Field(description="`Org/Name` on the hub")
    revision: Filled = "main"
    include: List[Filled] = ()

    @field_validator("repo")
    @classmethod
    def _org_and_name(cls, value: str) -> str:
        if not _REPO.fullmatch(value):
            raise problem("a repo of the hub as `Org/Name`")
        return value

    def as_ref(self) -> WeightsRef:
        """The same for the rest of vlmhb."""
        return WeightsRef(repo=self.repo, revision=self.revision, include=self.include)


class _Weights(_Repo):
    repo: str = ""
    path: str = ""
    also: List[_Repo] = ()

    @model_validator(mode="after")
    def _repo_or_path(self) -> "_Weights":
        if self.repo and self.path:
            raise problem("`repo` or `path`, not both")
        if not (self.repo or self.path):
            raise problem("`repo` or `path`")
        if self.path and (self.include or "revision" in self.model_fields_set):
            raise problem("`revision` and `include` with `repo` only")
        return self

    def located(self, folder: Path) -> WeightsRef:
        """The same, with a relative path counted from `folder`."""
        return replace(
            self.as_ref(),
            revision="" if self.path else self.revision,
            path=_located(folder, self.path) if self.path else "",
            also=tuple(repo.as_ref() for repo in self.also),
        )


class _Limits(FileModel):
    memory_gib: Annotated[float, Field(ge=0)] = _USUAL.memory_gib
    scratch_gib: Annotated[float, Field(gt=0)] = _USUAL.scratch_gib
    processes: Annotated[int, Field(gt=0)] = _USUAL.processes
    threads: Annotated[int, Field(gt=0)] = _USUAL.threads

    def as_limits(self) -> WorkerLimits:
        """The same for the rest of vlmhb."""
        return WorkerLimits(**self.model_dump())


def _located(folder: Path, path: str) -> str:
    """The absolute path, without `..` in it; links stay in it where that is possible."""
    written = (folder / Path(path).expanduser()).absolute()
    short = os.path.normpath(written)
    # What follows a link's `..` is found by the link's target, not by its name.
    target = os.path.realpath(written)
    return short if os.path.realpath(short) == target else target


def _split(params: Mapping[str, Any]) -> dict[str, int]:
    """What says how many GPUs an engine splits the model over, by name; their product is it."""
    engine = params.get("engine")
    inner = engine if isinstance(engine, dict) else {}
    said = {name: params.get(name) for name in _TENSOR}
    said |= {f"engine.{name}": inner.get(name) for name in _PIPELINE}
    return {
        name: number
        for name, number in said.items()
        if isinstance(number, int) and not isinstance(number, bool) and number > 0
    }


def _task(value: str, info: ValidationInfo) -> str:
    return value if value == EVERY_TASK else known_name(Kind.TASK, value, info)


class _ModelFile(FileModel):
    backend: str = Field(description=f"one of: {', '.join(BACKENDS)}; or `module:Class`")
    env: str = Field(description="the name of an envspec, or NAME@VARIANT")
    answers: Literal["page_text", "reply"] = Field(description="'page_text' or 'reply'")
    params: dict[str, Any] = Field(default_factory=dict)
    weights: _Weights | None = None
    trust_remote_code: bool = False
    secrets: UniqueList[Filled] = ()
    min_gpu_memory_gib: Annotated[float, Field(ge=0)] = 0.0
    gpus: Annotated[int, Field(ge=1)] | None = None
    files: List[_FileNeed] = ()
    description: str = ""
    mechanism_only: bool = False
    load_timeout_s: Annotated[float, Field(gt=0)] = 600.0
    answer_timeout_s: Annotated[float, Field(gt=0)] = 300.0
    limits: _Limits = _Limits()
    prompts: dict[Annotated[str, AfterValidator(_task)], PromptSetName] = Field(
        default_factory=dict
    )

    @field_validator("backend")
    @classmethod
    def _module_and_class(cls, value: str) -> str:
        if value in BACKENDS:
            return BACKENDS[value]
        if not _BACKEND.fullmatch(value):
            known = ", ".join(BACKENDS)
            raise problem(f"one of: {known}; or `module:Class`" + did_you_mean(value, BACKENDS))
        return value

    @field_validator("params")
    @classmethod
    def _located(cls, value: dict[str, Any], info: ValidationInfo) -> dict[str, Any]:
        return with_code(info.data.get("backend", ""), value, surroundings(info).folder)

    @field_validator("gpus")
    @classmethod
    def _as_many_as_it_is_split_over(cls, value: int | None, info: ValidationInfo) -> int | None:
        said = _split(info.data.get("params", {}))
        if value and said and value != math.prod(said.values()):
            by = " x ".join(f"`{name}: {number}`" for name, number in said.items())
            raise problem(f"{math.prod(said.values())}, for {by} in params")
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
        weights=file.weights.located(path.parent) if file.weights else None,
        trust_remote_code=file.trust_remote_code,
        secrets=file.secrets,
        min_gpu_memory_gib=file.min_gpu_memory_gib,
        gpus=file.gpus or math.prod(_split(file.params).values()),
        files=tuple(FileNeed(need.path, need.install) for need in file.files),
        description=file.description,
        mechanism_only=file.mechanism_only,
        load_timeout_s=file.load_timeout_s,
        answer_timeout_s=file.answer_timeout_s,
        limits=file.limits.as_limits(),
        prompts={
            task: named_prompts(written, library, path.parent)
            for task, written in file.prompts.items()
        },
    )
