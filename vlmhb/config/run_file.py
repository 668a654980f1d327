"""`configs/runs/*.yaml`: which models, which tasks, how many at a time."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PlainValidator,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_core import InitErrorDetails

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
from vlmhb.config.settings import with_settings
from vlmhb.config.source import read_source
from vlmhb.domain.error_limit import USUAL_LIMIT, ErrorLimit, read_limit
from vlmhb.domain.gpu_choice import ALL_GPUS, EXPECTED, GpuChoice, read_choice
from vlmhb.domain.prompt import PromptSet
from vlmhb.domain.run import PREFETCH
from vlmhb.domain.shard import Shard, read_shard


def _model(value: str, info: ValidationInfo) -> str:
    return known_name(Kind.MODEL, value, info)


def _task(value: str, info: ValidationInfo) -> str:
    return known_name(Kind.TASK, value, info)


def _limit(value: object) -> ErrorLimit:
    try:
        return read_limit(value if isinstance(value, str) else repr(value))
    except ValueError as error:
        raise problem(str(error)) from error


def _gpus(value: object) -> GpuChoice:
    match value:
        case bool():  # in Python, a number
            raise problem(EXPECTED)
        case int() | str():
            text = str(value)
        case [_, *_]:
            text = "".join(f"{one}," for one in value)
        case _:
            raise problem(EXPECTED)
    try:
        return read_choice(text)
    except ValueError as error:
        raise problem(str(error)) from error


def _shard(value: object) -> Shard | None:
    try:
        return None if value is None else read_shard(str(value))
    except ValueError as error:
        raise problem(str(error)) from error


def _no_truth(value: object) -> object:
    # In Python, true is 1.
    return repr(value) if isinstance(value, bool) else value


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
    max_workers: Annotated[int, Field(ge=1)] | None = None
    prefetch: Annotated[int, Field(ge=0)] = PREFETCH
    gpus: Annotated[GpuChoice, PlainValidator(_gpus), Field(description=EXPECTED)] = ALL_GPUS
    limit: Annotated[int, Field(ge=1)] | None = None
    shard: Annotated[
        Shard | None, PlainValidator(_shard), Field(description="a part of the samples, like 2/8")
    ] = None
    seed: Annotated[int, Field(ge=0)] = 0
    filter: dict[str, Annotated[UniqueList[str], Field(min_length=1)]] = Field(default_factory=dict)
    prompts: List[PromptRule] = ()
    price_per_hour: Annotated[float, Field(ge=0)] | None = None
    max_errors: Annotated[
        ErrorLimit,
        PlainValidator(_limit),
        Field(description="a whole number like 20, or a share like 5%"),
    ] = USUAL_LIMIT
    sandbox: Annotated[Literal["auto", 0, 1, 2], BeforeValidator(_no_truth)] = "auto"
    require_sandbox: Annotated[Literal[0, 1, 2], BeforeValidator(_no_truth)] = 0

    @field_validator("prompts")
    @classmethod
    def _for_what_is_there(
        cls, value: tuple[PromptRule, ...], info: ValidationInfo
    ) -> tuple[PromptRule, ...]:
        found = [*_unknown_names(value, info), *_same_rules(value)]
        if found:
            raise ValidationError.from_exception_data("prompts", found)
        return value


def _unknown_names(rules: Sequence[PromptRule], info: ValidationInfo) -> Iterator[InitErrorDetails]:
    for kind in (Kind.MODEL, Kind.TASK):
        written = info.data.get(f"{kind.value}s", ())
        known = [
            *(Path(name).stem for name in written),
            *surroundings(info).library.names(kind),
        ]
        for place, rule in enumerate(rules):
            name: str = getattr(rule, kind.value)
            if name and name not in known:
                expected = problem(f"the name of a {kind.value}{did_you_mean(name, known)}")
                yield InitErrorDetails(type=expected, loc=(place, kind.value), input=name)


def _same_rules(rules: Sequence[PromptRule]) -> Iterator[InitErrorDetails]:
    first: dict[tuple[str, str], int] = {}
    for place, rule in enumerate(rules):
        before = first.setdefault((rule.model, rule.task), place)
        if before != place:
            expected = problem(f"one set for each model and task; prompts[{before}] is for these")
            yield InitErrorDetails(type=expected, loc=(place,), input=rule)


def read_run(
    path: Path,
    shown: str,
    library: Library,
    settings: Sequence[str] = (),
    *,
    only_new: bool = False,
) -> RunFile:
    """What the file says, with `settings` as of `--set`; every name in it is known to exist.

    Raises:
        ConfigError: naming every problem with its place.
    """
    where = Surroundings(library, path.parent)
    source = with_settings(read_source(path, shown), settings, only_new=only_new)
    return decode(source, RunFile, where.as_context())


def chosen_sets(
    sets: Sequence[tuple[PromptRule, PromptSet]], model: str, tasks: Sequence[str]
) -> dict[str, PromptSet]:
    """By task, what a run file asks `model` with: the rule that names most wins."""
    fitting = [(rule, prompts) for rule, prompts in sets if rule.model in ("", model)]
    fitting.sort(key=lambda found: (bool(found[0].model), bool(found[0].task)))
    return {task: prompts for task in tasks for rule, prompts in fitting if rule.task in ("", task)}
