"""`configs/prompts/*.yaml`: a prompt set; and the two kinds of prompt file of VLMHyperBench."""

import hashlib
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, ValidationInfo, model_validator

from vlmhb.config.issues import decode
from vlmhb.config.library import Kind, Library, shown_here
from vlmhb.config.prompt_collection import Collection, read_collection, read_text
from vlmhb.config.schema import (
    FileModel,
    Filled,
    Surroundings,
    UniqueList,
    known_name,
    problem,
    surroundings,
)
from vlmhb.config.source import read_source
from vlmhb.domain.prompt import PromptSet, PromptText, TunedOn
from vlmhb.plan.template import TemplateProblem, check_template
from vlmhb.system.named_files import SUFFIXES


def _template(value: str) -> str:
    try:
        check_template(value)
    except TemplateProblem as error:
        raise problem(str(error)) from error
    return value


Template = Annotated[str, AfterValidator(_template)]
"""A text that can be rendered; of what a sample has, it uses nothing that is not there."""
FilledTemplate = Annotated[Filled, AfterValidator(_template)]


def _prompt_set(value: str, info: ValidationInfo) -> str:
    return known_name(Kind.PROMPT, value, info)


PromptSetName = Annotated[str, AfterValidator(_prompt_set)]
"""The name or path of a prompt set that is there."""


def _beside(value: str, info: ValidationInfo) -> str:
    path = surroundings(info).folder / value
    try:
        is_there = path.is_file()
    except (OSError, ValueError):
        is_there = False
    if not is_there:
        raise problem("the path of an existing file, from this file's folder")
    return value


_Beside = Annotated[str, AfterValidator(_beside)]


class _Text(FileModel):
    prompt: FilledTemplate | None = None
    system_prompt: Template | None = None

    @model_validator(mode="after")
    def _one_at_least(self) -> "_Text":
        if self.prompt is None and self.system_prompt is None:
            raise problem("`prompt`, `system_prompt` or both")
        return self

    def text(self) -> PromptText:
        """The same for the rest of vlmhb."""
        return PromptText(self.prompt, self.system_prompt)


class _TunedOn(FileModel):
    dataset: str = ""
    split: str = ""
    samples: UniqueList[Filled] = ()

    @model_validator(mode="after")
    def _something(self) -> "_TunedOn":
        if not (self.split or self.samples):
            raise problem("`split` or `samples`: the rows the prompts were tuned on")
        return self


class _PromptFile(FileModel):
    version: Filled = Field(description='the set\'s version, e.g. "1"')
    description: str = ""
    default: _Text | None = None
    classes: dict[Filled, _Text] = Field(default_factory=dict)
    fields: dict[Filled, _Text] = Field(default_factory=dict)
    fixed: _Text | None = None
    collection: _Beside = ""
    text: _Beside = ""
    system_text: _Beside = ""
    tuned_on: _TunedOn | None = None
    page_marks: bool = False

    @model_validator(mode="after")
    def _each_in_one_place(self) -> "_PromptFile":
        if self.collection and self.fields:
            raise problem("either `collection` or `fields`")
        if self.default and (self.text or self.system_text):
            raise problem("either `default`, or `text` and `system_text`")
        texts = (self.default, self.classes, self.fields, self.fixed)
        if not any((*texts, self.collection, self.text, self.system_text)):
            raise problem("at least one of default, classes, fields, fixed, collection, text")
        return self


def named_prompts(written: str, library: Library, base: Path) -> PromptSet:
    """The prompt set of this name or path, which is known to be there.

    Raises:
        ConfigError: naming every problem of its file with its place.
    """
    path = library.resolve(Kind.PROMPT, written, base)
    return read_prompts(path, shown_here(path), library.around(path))


def read_prompts(path: Path, shown: str, library: Library) -> PromptSet:
    """The prompt set in a YAML file, a collection (`.csv`) or a text (`.txt`).

    Its name is the file's. The version of one without YAML is the start of its sha256.

    Raises:
        ConfigError: naming every problem with its place.
    """
    if path.suffix in SUFFIXES:
        return _described(path, shown, library)
    if path.suffix == ".csv":
        return _of_collection(path, read_collection(path, shown))
    text = PromptText(read_text(path, shown), is_template=False)
    return PromptSet(path.stem, _digest(path), text)


def _described(path: Path, shown: str, library: Library) -> PromptSet:
    where = Surroundings(library, path.parent)
    file = decode(read_source(path, shown), _PromptFile, where.as_context())
    collection = Collection({}, {})
    if file.collection:
        beside = path.parent / file.collection
        collection = read_collection(beside, shown_here(beside))
    tuned_on = file.tuned_on or _TunedOn.model_construct()
    return PromptSet(
        name=path.stem,
        version=file.version,
        default=file.default.text() if file.default else _literal(file, path.parent),
        classes={name: one.text() for name, one in file.classes.items()},
        fields=collection.prompts | {key: one.text() for key, one in file.fields.items()},
        fixed=file.fixed.text() if file.fixed else PromptText(),
        tuned_on=TunedOn(tuned_on.split, tuned_on.samples, tuned_on.dataset),
        tuning_scores=collection.tuning_scores,
        page_marks=file.page_marks,
    )


def _literal(file: _PromptFile, folder: Path) -> PromptText:
    prompt, system_prompt = (
        read_text(folder / name, shown_here(folder / name)) if name else None
        for name in (file.text, file.system_text)
    )
    return PromptText(prompt, system_prompt, is_template=False)


def _of_collection(path: Path, collection: Collection) -> PromptSet:
    return PromptSet(
        path.stem,
        _digest(path),
        fields=collection.prompts,
        tuning_scores=collection.tuning_scores,
    )


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:8]
