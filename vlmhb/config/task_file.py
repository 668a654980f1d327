"""`configs/tasks/*.yaml`: a dataset, how it is asked and how it is scored."""

from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, Field, ValidationInfo, field_validator, model_validator

from vlmhb.config.issues import decode, did_you_mean
from vlmhb.config.library import Library, UnknownName
from vlmhb.config.prompt_file import FilledTemplate, PromptSetName, Template, named_prompts
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
from vlmhb.domain.prompt import one_prompt
from vlmhb.domain.task import AnswerKind, DatasetRef, Generation, SourceFile, Task
from vlmhb.metrics import catalog as metrics

_NAMED = 12
"""So many metrics are named in an error; `vlmhb list metrics` has all."""

MAX_STOPS = 64
"""What a request carries to a worker."""


class _SourceFile(FileModel):
    url: Filled = Field(description="`https://...` or `hub:Org/Name@revision/path`")
    path: Filled = Field(description="where the file goes, relative to `root`")
    sha256: Annotated[str, Field(pattern="^([0-9a-f]{64})?$")] = ""
    md5: Annotated[str, Field(pattern="^([0-9a-f]{32})?$")] = ""
    unpack: bool = False
    size_bytes: Annotated[int, Field(ge=0)] = 0

    @model_validator(mode="after")
    def _a_place(self) -> "_SourceFile":
        # Only tasks with a source need what knows the web.
        from vlmhb.datasets.source_place import PlaceProblem, place_of  # noqa: PLC0415

        try:
            place_of(self.as_source())
        except PlaceProblem as error:
            raise problem(str(error)) from error
        return self

    def as_source(self) -> SourceFile:
        """The same for the rest of vlmhb."""
        return SourceFile(**self.model_dump())


class _Dataset(FileModel):
    name: Filled = Field(description="what results call the dataset")
    format: str = Field(description=f"one of: {', '.join(formats.names())}")
    source: List[_SourceFile] = ()
    root: str = Field(default="", description="the folder that holds the dataset")
    annotation: Filled = Field(description="the annotation file, relative to `root`")
    licence: Filled = Field(description="the dataset's licence")
    split: str = ""
    where: dict[Filled, Annotated[UniqueList[str], Field(min_length=1)]] = Field(
        default={}, description="the values that rows may have, by key"
    )
    options: dict[str, Any] = Field(default={}, description="what only this format knows")

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
            if info.data.get("source"):
                return ""  # it is fetched into another folder
            raise problem(str(error)) from error

    @model_validator(mode="after")
    def _here_or_fetched(self) -> "_Dataset":
        if not (self.root or self.source):
            raise problem("`root`, the folder that holds the dataset, or a `source` of it")
        paths = [file.path for file in self.source]
        if twice := [path for path in paths if paths.count(path) > 1]:
            raise problem(f"each file of `source` in a place of its own, but two go to {twice[0]}")
        return self


def _judges(kind: AnswerKind) -> AfterValidator:
    """Lets only the names of metrics pass that can judge such answers."""

    def check(name: str) -> str:
        known = metrics.names()
        if name not in known:
            some = ", ".join(known[:_NAMED]) + (", ..." if len(known) > _NAMED else "")
            more = f"one of: {some} (vlmhb list metrics)" + did_you_mean(name, known)
            raise problem(more)
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


def _key(value: str) -> str:
    if value in ("doc_type", "doc_question"):
        raise problem("doc_class or question_type, or another key of the samples' metadata")
    return value


_Keys = Annotated[UniqueList[Annotated[Filled, AfterValidator(_key)]], Field(min_length=1)]
"""What samples are grouped by."""


class _TaskFile(FileModel):
    version: Filled = Field(description='the task\'s version, e.g. "1"')
    description: str = ""
    dataset: _Dataset = Field(description="a mapping that describes the dataset")
    prompt: FilledTemplate = ""
    system_prompt: Template = ""
    prompts: PromptSetName = ""
    metrics: _Metrics = Field(description="metric names under `page_text` and `reply`")
    generation: _Generation = _Generation()
    group_by: List[_Keys] = ()
    macro_by: List[_Keys] = ()
    repeat_by: UniqueList[Filled] = ()
    scale: Annotated[float, Field(gt=0)] = 1.0
    reference: str = ""

    @model_validator(mode="after")
    def _asked_in_one_way(self) -> "_TaskFile":
        if bool(self.prompt) == bool(self.prompts):
            raise problem("either `prompt`, a text, or `prompts`, a prompt set by name or path")
        if self.prompts and self.system_prompt:
            raise problem("`system_prompt` with `prompt` only; a prompt set has its own")
        return self


def read_task(path: Path, shown: str, library: Library) -> Task:
    """The task that the file describes; its name is the file's.

    Raises:
        ConfigError: naming every problem with its place.
    """
    where = Surroundings(library, path.parent)
    file = decode(read_source(path, shown), _TaskFile, where.as_context())
    prompts = (
        named_prompts(file.prompts, library, path.parent)
        if file.prompts
        else one_prompt(path.stem, file.version, file.prompt, file.system_prompt)
    )
    return Task(
        name=path.stem,
        version=file.version,
        description=file.description,
        dataset=_dataset(file.dataset),
        prompts=prompts,
        metrics=file.metrics.by_kind(),
        generation=Generation(**file.generation.model_dump()),
        group_by=file.group_by,
        macro_by=file.macro_by,
        repeat_by=file.repeat_by,
        scale=file.scale,
        reference=file.reference,
    )


def _dataset(file: _Dataset) -> DatasetRef:
    source = tuple(one.as_source() for one in file.source)
    return DatasetRef(**file.model_dump(exclude={"source"}), source=source)
