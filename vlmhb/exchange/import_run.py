"""Answers made elsewhere -> a run folder that is scored and reported like any other."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from vlmhb import __version__
from vlmhb.datasets.pick import without_tuned
from vlmhb.domain.answer import Answer, ErrorInfo, FailedAnswer, FailureReason, Outcome
from vlmhb.domain.data_step import DataStep, OnData, say_nothing
from vlmhb.domain.digest import Json, sha256_of
from vlmhb.domain.model import IMPORTED, ModelSpec
from vlmhb.domain.run import LoadedTask
from vlmhb.domain.task import AnswerKind
from vlmhb.errors import UsageError
from vlmhb.exchange.given import FAILED, GivenFile
from vlmhb.plan import build_plan
from vlmhb.store import (
    JournalWriter,
    OpenRun,
    RunDir,
    RunManifest,
    ThumbnailWriter,
    choose_folder,
)
from vlmhb.system.clock import utc_now
from vlmhb.system.files import sha256_of_file
from vlmhb.system.host import usable_cores

MOST_THREADS = 8
"""That make pictures; each may hold a decoded page of 200 MB."""


@dataclass(frozen=True, slots=True)
class ImportedModel:
    """What became of one file."""

    model: str
    answered: int
    failed: int
    missing: tuple[str, ...]
    """Ids of the samples that the file says nothing about, in the task's order."""


@dataclass(frozen=True, slots=True)
class Imported:
    """A run that was made of files."""

    run_dir: RunDir
    models: tuple[ImportedModel, ...]


@dataclass(frozen=True, slots=True)
class Pictures:
    """Small copies of the pages for the report: making them is most of what an import takes."""

    wanted: bool = True
    on_data: OnData = say_nothing
    """Hears how many are made."""


def import_run(
    loaded: LoadedTask,
    given: Sequence[GivenFile],
    answers: AnswerKind,
    runs: Path,
    out: Path | None = None,
    *,
    pictures: Pictures | None = None,
) -> Imported:
    """A run folder with the answers of every file, in `out` or a new folder below `runs`.

    Samples that a file does not mention stay without an answer, and pages that only they show
    without a picture. Those that the task's prompts were tuned on are left out, as any run of the
    task leaves them out.

    Raises:
        UsageError: ids do not fit the task, two files are of one model, or `out` holds a run.
        StorageError: the folder cannot be written.
    """
    names = [file.model for file in given]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise UsageError(
            "cannot import two files as one model",
            f"both are called {twice[0]!r}",
            next_step="give each a name of its own: --answers NAME=FILE",
        )
    for file in given:
        if not file.table.rows:
            raise UsageError(
                f"cannot import {file.file}",
                "it has no rows",
                expected="a row for each answer below the names of the columns",
                next_step="name the file that holds the answers",
            )
    ids = {sample.id for sample in loaded.samples}
    found = {file.model: file.by_sample(ids) for file in given}
    if answers is AnswerKind.REPLY:
        (loaded,) = without_tuned((loaded,), lambda one: (one.task.prompts,))
    models = tuple(_model(file, answers) for file in given)
    manifest = _manifest(loaded, models)
    folder = out or choose_folder(
        runs, manifest.name, sha256_of(dict(manifest.fingerprint))[:8], new=True
    )
    if RunDir(folder).manifest.exists():
        raise UsageError(
            f"cannot import into {folder}", "it holds a run", next_step="name another --out"
        )
    outcomes = _outcomes(models, loaded, found)
    with OpenRun(folder, manifest, (loaded,)) as opened:
        with (
            _pictured(opened.run_dir, loaded, found.values(), pictures or Pictures()),
            JournalWriter(opened.run_dir.journal) as journal,
        ):
            for outcome in outcomes:
                journal.append(outcome)
        return Imported(
            opened.run_dir, tuple(_summary(name, loaded, found[name]) for name in names)
        )


def _pictured(
    run_dir: RunDir,
    loaded: LoadedTask,
    found: Iterable[Mapping[str, str]],
    pictures: Pictures,
) -> ThumbnailWriter:
    """Makes pictures of the pages that somebody answered about, on all cores: no model is busy."""
    answered = {sample_id for texts in found for sample_id in texts} if pictures.wanted else set()
    samples = tuple(sample for sample in loaded.samples if sample.id in answered)
    n_threads = min(MOST_THREADS, usable_cores())
    shown = (replace(loaded, samples=samples),)

    def tell(done: int, total: int) -> None:
        pictures.on_data(DataStep("making pictures of pages", done, total, "pages"))

    return ThumbnailWriter(run_dir, shown, n_threads, tell)


def _model(file: GivenFile, answers: AnswerKind) -> ModelSpec:
    origin: dict[str, Json] = {
        "file": file.file.name,
        "sha256": sha256_of_file(file.file),
        "layout": file.layout,
        "id_column": file.id_column,
        "answer_column": file.answer_column,
        "imported_at": utc_now(),
    }
    return ModelSpec(
        name=file.model,
        backend=IMPORTED,
        env="",
        answers=answers,
        params=origin,
        description=f"Answers made elsewhere, imported from {file.file.name}.",
    )


def _manifest(loaded: LoadedTask, models: Sequence[ModelSpec]) -> RunManifest:
    files: dict[str, Json] = {
        f"models.{model.name}.{IMPORTED}": model.params["sha256"] for model in models
    }
    fields = files | {f"tasks.{loaded.task.name}.dataset": loaded.dataset_sha256}
    return RunManifest(
        name=loaded.task.name,
        vlmhb=__version__,
        models=tuple(models),
        datasets={loaded.task.name: loaded.dataset_sha256},
        fingerprint={name: sha256_of(value) for name, value in sorted(fields.items())},
        source=IMPORTED,
        seed=0,
    )


def _outcomes(
    models: Sequence[ModelSpec], loaded: LoadedTask, found: Mapping[str, Mapping[str, str]]
) -> list[Outcome]:
    plan = build_plan(models, (loaded,))
    return [
        outcome_of(request_id, found[evaluation.model][sample_id])
        for evaluation in plan.evaluations
        for sample_id, request_id in evaluation.requests
        if sample_id in found[evaluation.model]
    ]


def outcome_of(request_id: str, text: str) -> Outcome:
    """An answer, or VLMEvalKit's text for one that it did not get as the failure that it is."""
    if is_failed(text):
        return FailedAnswer(request_id, FailureReason.MODEL_ERROR, ErrorInfo(IMPORTED, text))
    return Answer(request_id, text)


def is_failed(text: str) -> bool:
    """Whether it is what VLMEvalKit writes where it got no answer."""
    return text.startswith(FAILED)


def _summary(model: str, loaded: LoadedTask, found: Mapping[str, str]) -> ImportedModel:
    asked = [sample.id for sample in loaded.samples]
    texts = [found[sample_id] for sample_id in asked if sample_id in found]
    failed = sum(map(is_failed, texts))
    missing = tuple(sample_id for sample_id in asked if sample_id not in found)
    return ImportedModel(model, len(texts) - failed, failed, missing)
