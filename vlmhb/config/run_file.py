"""`configs/runs/*.yaml`: which models, which tasks, how many at a time."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from vlmhb.config.issues import decode, did_you_mean
from vlmhb.config.library import Kind, Library
from vlmhb.config.prompt_file import PromptSetName
from vlmhb.config.schema import (
    FileModel,
    List,
    Surroundings,
    UniqueList,
    known_name,
    problem,
    surroundings,
)
from vlmhb.config.source import read_source
from vlmhb.domain.prompt import PromptSet


def _model(value: str, info: ValidationInfo) -> str:
    return known_name(Kind.MODEL, value, info)


def _task(value: str, info: ValidationInfo) -> str:
    return known_name(Kind.TASK, value, info)


class PromptRule(FileModel):
    """A prompt set and what it is for; an empty name stands for all."""

    model: str = ""
    task: str = ""
    set: PromptSetName = Field(description="a prompt set, by name or path")


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
    filter: dict[str, Annotated[UniqueList[str], Field(min_length=1)]] = Field(default_factory=dict)
    prompts: List[PromptRule] = ()

    @field_validator("prompts")
    @classmethod
    def _for_what_is_there(
        cls, value: tuple[PromptRule, ...], info: ValidationInfo
    ) -> tuple[PromptRule, ...]:
        for kind in (Kind.MODEL, Kind.TASK):
            written = info.data.get(f"{kind.value}s", ())
            library = surroundings(info).library
            known = [*(Path(name).stem for name in written), *library.names(kind)]
            for rule in value:
                name: str = getattr(rule, kind.value)
                if name and name not in known:
                    hint = did_you_mean(name, known)
                    raise problem(f"names of {kind.value}s, got {name!r}{hint}")
        named = [(rule.model, rule.task) for rule in value]
        if len(set(named)) < len(named):
            raise problem("one set for each model and task")
        return value


def read_run(path: Path, shown: str, library: Library) -> RunFile:
    """What the file says; every name in it is known to exist.

    Raises:
        ConfigError: naming every problem with its place.
    """
    where = Surroundings(library, path.parent)
    return decode(read_source(path, shown), RunFile, where.as_context())


def chosen_sets(
    sets: Sequence[tuple[PromptRule, PromptSet]], model: str, tasks: Sequence[str]
) -> dict[str, PromptSet]:
    """By task, what a run file asks `model` with: the rule that names most wins."""
    fitting = [(rule, prompts) for rule, prompts in sets if rule.model in ("", model)]
    fitting.sort(key=lambda found: (bool(found[0].model), bool(found[0].task)))
    return {task: prompts for task in tasks for rule, prompts in fitting if rule.task in ("", task)}
