"""user_config.csv -> a run: every row is a model on a task."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from vlmhb.config.issues import did_you_mean
from vlmhb.config.legacy.folders import Folders, NotThere, folders_of, inside
from vlmhb.config.legacy.given import stem_of
from vlmhb.config.legacy.model_files import ModelFiles
from vlmhb.config.legacy.models import Given, Meant, given_model, names_of
from vlmhb.config.legacy.prompts import PromptFiles
from vlmhb.config.legacy.tasks import ReadRow, tasks_of
from vlmhb.config.legacy.user_row import UserRow, read_user_rows, unused_columns
from vlmhb.config.legacy.vlm_base import VlmBase
from vlmhb.config.library import Library, shown
from vlmhb.config.load import load_models
from vlmhb.config.overrides import Overrides
from vlmhb.domain.envspec import EnvSpec
from vlmhb.domain.error_limit import USUAL_LIMIT
from vlmhb.domain.gpu_choice import ALL_GPUS
from vlmhb.domain.model import ModelSpec
from vlmhb.domain.run import PREFETCH, RunConfig
from vlmhb.domain.sandbox import AUTO
from vlmhb.domain.task import Task
from vlmhb.domain.vhb_row import VhbRow
from vlmhb.errors import ConfigError

Place = Path | Given


@dataclass(frozen=True, slots=True)
class _Placed:
    """A row, what its model is called in the run, and where that or its answers lie."""

    row: ReadRow
    place: Place


def legacy_run(source: str, overrides: Overrides, cwd: Path) -> RunConfig:
    """The run of a user_config.csv: one leaderboard for all of its rows.

    Raises:
        ConfigError: naming every problem of every file that takes part.
    """
    path = cwd / source
    issues: list[str] = []
    said = read_user_rows(path, shown(path, cwd), issues)
    folders, base = _around(path, said, issues, cwd)
    library = Library((path.absolute().parent, *Library.standard(cwd).roots))
    meant = Meant(folders, base, ModelFiles(library), issues)
    placed = _placed(said, folders, PromptFiles(folders, library, issues), meant)
    models, envspecs = _loaded(placed, overrides, cwd, issues)
    if issues:
        raise ConfigError(tuple(issues), next_step=meant.next_step() or folders.hint or None)
    config = _config(path.stem, source, folders, placed, models)
    return _chosen(
        replace(
            config,
            envspecs=envspecs,
            notes=(folders.note, *unused_columns(said), *base.notes, *_given_notes(placed)),
            max_workers=overrides.max_workers,
            gpus=overrides.gpus or ALL_GPUS,
            prefetch=PREFETCH if overrides.prefetch is None else overrides.prefetch,
            limit=overrides.limit,
            filters=overrides.filters or {},
            max_errors=overrides.max_errors or USUAL_LIMIT,
            sandbox=overrides.sandbox_over(AUTO),
        ),
        overrides,
    )


def _around(
    path: Path, said: Sequence[UserRow], issues: Sequence[str], cwd: Path
) -> tuple[Folders, VlmBase]:
    """VLMHyperBench's folders and its models; answers that are only evaluated need none of those.

    Raises:
        ConfigError: without them, nothing more can be told than `issues`.
    """
    hint = ""
    try:
        folders = folders_of(path, cwd)
        hint = folders.hint
        if all(row.only_evaluate for row in said):
            return folders, VlmBase("", ())
        return folders, VlmBase.read(folders.vlm_base, shown(folders.vlm_base, cwd))
    except ConfigError as error:
        raise ConfigError((*issues, *error.issues), next_step=hint or None) from error


def _placed(
    said: Sequence[UserRow], folders: Folders, prompts: PromptFiles, meant: Meant
) -> list[_Placed]:
    """The rows that can be used; the problems of the others are noted."""
    found = []
    for row in said:
        root = _root(row, folders, meant.issues)
        asked = prompts.of(row)
        place = meant.of(row)
        if place is not None:
            found.append((row, root, asked, place))
    names = names_of([(row, place) for row, _, _, place in found])
    return [
        _Placed(ReadRow(row, root, name, asked), place)
        for (row, root, asked, place), name in zip(found, names, strict=True)
    ]


def _given_notes(placed: Sequence[_Placed]) -> Iterator[str]:
    for one in placed:
        if isinstance(one.place, Given):
            name = f"{one.row.said.model_name}, {one.row.said.dataset}"
            yield f"{name}: the answers of {one.place.file.name}"


def _root(row: UserRow, folders: Folders, issues: list[str]) -> str:
    try:
        return str(inside(folders.datasets / row.task, row.dataset, is_file=False).resolve())
    except NotThere as problem:
        issues.append(row.row.issue("dataset", repr(row.dataset), str(problem)))
        return ""


def _loaded(
    placed: Sequence[_Placed], overrides: Overrides, cwd: Path, issues: list[str]
) -> tuple[Mapping[str, ModelSpec], Mapping[str, EnvSpec]]:
    """The models that are asked, by name, and their envs."""
    files = dict.fromkeys(str(one.place) for one in placed if isinstance(one.place, Path))
    try:
        models, envspecs = load_models(
            tuple(files), overrides.device, cwd, overrides.gpus or ALL_GPUS
        )
    except ConfigError as error:
        issues.extend(error.issues)
        return {}, {}
    return {model.name: model for model in models}, envspecs


def _config(
    name: str,
    source: str,
    folders: Folders,
    placed: Sequence[_Placed],
    asked: Mapping[str, ModelSpec],
) -> RunConfig:
    place_of = {id(one.row): one.place for one in placed}
    tasks = list(tasks_of([one.row for one in placed]))
    models = tuple(
        _model(model, tasks, place_of, asked)
        for model in dict.fromkeys(one.row.model for one in placed)
    )
    return RunConfig(
        name=name,
        source=source,
        models=models,
        tasks=tuple(task for task, _ in tasks),
        envspecs={},
        max_workers=None,
        limit=None,
        seed=0,
        vhb_rows=tuple(
            _vhb_row(task.name, row, place_of[id(row)], folders)
            for task, rows in tasks
            for row in rows
        ),
    )


def _model(
    name: str,
    tasks: Sequence[tuple[Task, Sequence[ReadRow]]],
    place_of: Mapping[int, Place],
    asked: Mapping[str, ModelSpec],
) -> ModelSpec:
    """With the rows' prompts, whatever it has itself."""
    own = {task.name: row for task, rows in tasks for row in rows if row.model == name}
    given = {
        task: place for task, row in own.items() if isinstance(place := place_of[id(row)], Given)
    }
    model = given_model(name, given) if given else asked[name]
    return replace(
        model,
        tasks=() if len(own) == len(tasks) else tuple(own),
        prompts={
            task.name: own[task.name].prompts
            for task, _ in tasks
            if task.name in own and own[task.name].prompts != task.prompts
        },
    )


def _vhb_row(task: str, row: ReadRow, place: Place, folders: Folders) -> VhbRow:
    return VhbRow(
        model=row.model,
        task=task,
        vhb_task=row.said.task,
        stem=stem_of(row.said),
        answers=str(folders.answers),
        metrics=str(folders.metrics),
        wanted=row.said.metrics,
        aggregators=row.said.aggregators,
        given=str(place.file) if isinstance(place, Given) else "",
    )


def _chosen(config: RunConfig, overrides: Overrides) -> RunConfig:
    """Only the models and tasks that the command line names."""
    models = [model.name for model in config.models]
    tasks = [task.name for task in config.tasks]
    issues = [
        f"--{what}: got {name!r}, expected one of: {', '.join(known)}{did_you_mean(name, known)}"
        for what, wanted, known in (
            ("models", overrides.models, models),
            ("tasks", overrides.tasks, tasks),
        )
        for name in wanted or ()
        if name not in known
    ]
    if issues:
        raise ConfigError(tuple(issues))
    rows = tuple(
        row
        for row in config.vhb_rows
        if row.model in (overrides.models or models) and row.task in (overrides.tasks or tasks)
    )
    if not rows:
        raise ConfigError(("--models and --tasks: got none of the rows, expected some",))
    left = {row.task for row in rows}
    return replace(
        config,
        models=tuple(
            replace(model, tasks=tuple(name for name in model.tasks if name in left))
            for model in config.models
            if model.name in {row.model for row in rows}
        ),
        tasks=tuple(task for task in config.tasks if task.name in left),
        vhb_rows=rows,
    )
