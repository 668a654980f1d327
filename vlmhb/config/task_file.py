"""`configs/tasks/*.yaml`: a dataset, how it is asked and how it is scored."""

import re
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, Field, ValidationInfo, field_validator, model_validator

from vlmhb.config.issues import decode, did_you_mean
from vlmhb.config.library import Library, UnknownName
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
from vlmhb.datasets import catalog as formats
from vlmhb.domain.task import AnswerKind, DatasetRef, Generation, SourceFile, Task
from vlmhb.metrics import catalog as metrics

MAX_STOPS = 64
"""What a request carries to a worker."""
_PLACEHOLDER = re.compile(r"\{(\w+)\}")


class _SourceFile(FileModel):
    url: Filled = Field(description="`https://...` or `hub:Org/Name@revision/path`")
    path: Filled = Field(description="where the file goes, relative to `root`")
    sha256: Annotated[str, Field(pattern="^([0-9a-f]{64})?$")] = ""
    md5: Annotated[str, Field(pattern="^([0-9a-f]{32})?$")] = ""
    unpack: bool = False


class _Dataset(FileModel):
    name: Filled = Field(description="what results call the dataset")
    format: str = Field(description=f"one of: {', '.join(formats.names())}")
    root: str = Field(description="the folder that holds the dataset")
    annotation: Filled = Field(description="the annotation file, relative to `root`")
    licence: Filled = Field(description="the dataset's licence")
    split: str = ""
    options: dict[str, Any] = Field(default={}, description="what only this format knows")
    source: List[_SourceFile] = ()

    @field_validator("format")
    @classmethod
    def _known_format(cls, value: str) -> str:
        known = formats.names()
        if value not in known:
            raise problem(f"one of: {', '.join(known)}" + did_you_mean(value, known))
        return value

    @field_validator("root")
    @classmethod
    def _existing(cls, value: str, info: ValidationInfo) -> str:
        where = surroundings(info)
        try:
            return str(where.library.folder(value, where.folder))
        except UnknownName as error:
            raise problem(str(error)) from error


def _judges(kind: AnswerKind) -> AfterValidator:
    """Lets only the names of metrics pass that can judge such answers."""

    def check(name: str) -> str:
        known = metrics.names()
        if name not in known:
            raise problem(f"one of: {', '.join(known)}" + did_you_mean(name, known))
        fit = metrics.find(name).kinds
        if kind not in fit:
            other = " or ".join(sorted(kind.value for kind in fit))
            raise problem(f"a metric for {kind.value}; this one judges {other}")
        return name

    return AfterValidator(check)


class _Metrics(FileModel):
    page_text: UniqueList[Annotated[str, _judges(AnswerKind.PAGE_TEXT)]] = ()
    reply: UniqueList[Annotated[str, _judges(AnswerKind.REPLY)]] = ()

    def by_kind(self) -> dict[AnswerKind, tuple[str, ...]]:
        """The kinds of answer that have metrics."""
        both = {AnswerKind.PAGE_TEXT: self.page_text, AnswerKind.REPLY: self.reply}
        return {kind: names for kind, names in both.items() if names}

    @model_validator(mode="after")
    def _at_least_one(self) -> "_Metrics":
        if not self.by_kind():
            raise problem("at least one metric in `page_text` or `reply`")
        return self


class _Generation(FileModel):
    max_new_tokens: Annotated[int, Field(ge=1)] = Generation().max_new_tokens
    temperature: Annotated[float, Field(ge=0)] = Generation().temperature
    top_p: Annotated[float, Field(gt=0, le=1)] = Generation().top_p
    seed: Annotated[int, Field(ge=0)] = Generation().seed
    stop: Annotated[List[Filled], Field(max_length=MAX_STOPS)] = ()
    min_pixels: Annotated[int, Field(ge=1)] | None = None
    max_pixels: Annotated[int, Field(ge=1)] | None = None
    may_shrink: bool = False


_Keys = Annotated[UniqueList[Filled], Field(min_length=1)]
"""What samples are grouped by."""


class _TaskFile(FileModel):
    version: Filled = Field(description='the task\'s version, e.g. "1"')
    description: str = ""
    dataset: _Dataset = Field(description="a mapping that describes the dataset")
    prompt: Filled = Field(description="the text sent to models that take prompts")
    system_prompt: str = ""
    metrics: _Metrics = Field(description="metric names under `page_text` and `reply`")
    generation: _Generation = _Generation()
    group_by: List[_Keys] = ()
    macro_by: List[_Keys] = ()
    scale: Annotated[float, Field(gt=0)] = 1.0
    reference: str = ""

    @field_validator("prompt")
    @classmethod
    def _only_question(cls, value: str) -> str:
        for name in _PLACEHOLDER.findall(value):
            # Other braces are left alone: a prompt may show a piece of JSON or a template.
            if name != "question" and did_you_mean(name, ["question"]):
                raise problem(f"{{question}} instead of {{{name}}}")
        return value


def read_task(path: Path, shown: str, library: Library) -> Task:
    """The task that the file describes; its name is the file's.

    Raises:
        ConfigError: naming every problem with its place.
    """
    where = Surroundings(library, path.parent)
    file = decode(read_source(path, shown), _TaskFile, where.as_context())
    return Task(
        name=path.stem,
        version=file.version,
        description=file.description,
        dataset=_dataset(file.dataset),
        prompt=file.prompt,
        metrics=file.metrics.by_kind(),
        system_prompt=file.system_prompt,
        generation=Generation(**file.generation.model_dump()),
        group_by=file.group_by,
        macro_by=file.macro_by,
        scale=file.scale,
        reference=file.reference,
    )


def _dataset(file: _Dataset) -> DatasetRef:
    source = tuple(SourceFile(**one.model_dump()) for one in file.source)
    return DatasetRef(**file.model_dump(exclude={"source"}), source=source)
