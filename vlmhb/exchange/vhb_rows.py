"""The rows of a user_config.csv: answers they bring along, and the files they are to leave."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path

from vlmhb.domain.answer import Outcome
from vlmhb.domain.run import LoadedTask, RunPlan
from vlmhb.domain.sample import Sample
from vlmhb.domain.task import Task
from vlmhb.domain.vhb_row import VQA, VhbRow
from vlmhb.errors import StorageError, UsageError
from vlmhb.exchange import to_vhb
from vlmhb.exchange.given import GivenFile, Wanted
from vlmhb.exchange.import_run import outcome_of
from vlmhb.exchange.recorded import EvaluationResults, evaluations_of
from vlmhb.store import RunDir, read_run
from vlmhb.system.files import OTHER_OUT, storage_error, write_atomic

_STAMP = "%Y%m%d_%H%M%S"

EverySample = Callable[[LoadedTask], Sequence[Sample]]
"""All samples of a task's dataset, whatever rows the run takes."""


def given_outcomes(
    rows: Sequence[VhbRow],
    plan: RunPlan,
    tasks: Mapping[str, LoadedTask],
    every_sample: EverySample,
) -> tuple[Outcome, ...]:
    """What the files say of the evaluations that rows bring answers for.

    A file may hold answers to samples that the run leaves out.

    Raises:
        UsageError: a file is no table of answers, or names what the dataset has not.
    """
    files = {(row.model, row.task): Path(row.given) for row in rows if row.given}
    outcomes: list[Outcome] = []
    for evaluation in plan.evaluations:
        file = files.get((evaluation.model, evaluation.task))
        if file is None:
            continue
        loaded = tasks[evaluation.task]
        known = {sample.id: sample for sample in every_sample(loaded)}
        found = GivenFile.read(evaluation.model, file, Wanted("vhb")).by_sample(known)
        outcomes += (
            outcome_of(request_id, _with_commas(found[sample_id], loaded.task, known[sample_id]))
            for sample_id, request_id in evaluation.requests
            if sample_id in found
        )
    return tuple(outcomes)


def _with_commas(text: str, task: Task, sample: Sample) -> str:
    """VLMHyperBench takes the commas out of the classes of a bundle's pages."""
    is_bare = text.isdigit() and len(text) == len(sample.pages)
    return ",".join(text) if task.dataset.format == "rpo_classification" and is_bare else text


@dataclass(slots=True)
class Delivered:
    """What was written for VLMHyperBench."""

    files: list[Path] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """What could not be, for reasons that lie in the data."""
    error: StorageError | None = None
    """The first refusal of the file system."""


def deliver(run_dir: RunDir, rows: Collection[VhbRow], every_sample: EverySample) -> Delivered:
    """Answers and metrics of a finished run where VLMHyperBench keeps them.

    Files that cannot be written are told of, and the others are written all the same.
    """
    done = Delivered()
    evaluations = {
        (results.model.name, results.loaded.task.name): results
        for results in evaluations_of(read_run(run_dir))
    }
    names = _Names()
    for row in rows:
        results = evaluations[row.model, row.task]
        stem = names.stem(row, results)
        try:
            for folder, name, content in _files(row, stem, results, every_sample, done.notes):
                done.files.append(_written(Path(folder), name, content))
        except UsageError as error:
            done.notes.append(f"{error.doing}: {error.got}")
        except StorageError as error:
            done.error = done.error or error
    done.files[:] = dict.fromkeys(done.files)
    done.notes[:] = dict.fromkeys(done.notes)
    return done


class _Names:
    """What the files of rows are called; two evaluations never share a name."""

    def __init__(self) -> None:
        self._same: dict[str, list[tuple[str, str]]] = {}
        """By what would be their name, the evaluations that were given it."""

    def stem(self, row: VhbRow, results: EvaluationResults) -> str:
        """The name of the answers, without its suffix.

        VLMHyperBench tells rows that differ in prompts or filters alone by when they began; here
        each is told to have begun a second after the one before.
        """
        same = self._same.setdefault(row.given or row.stem, [])
        if (row.model, row.task) not in same:
            same.append((row.model, row.task))
        number = same.index((row.model, row.task))
        if row.given:
            return Path(row.given).stem + (f"_{row.task}" if number else "")
        began = datetime.strptime(results.stamp, _STAMP).replace(tzinfo=timezone.utc)
        stamp = (began + timedelta(seconds=number)).strftime(_STAMP)
        return f"{row.stem}_answers_{stamp}"


def _files(
    row: VhbRow,
    stem: str,
    results: EvaluationResults,
    every_sample: EverySample,
    notes: list[str],
) -> Iterator[tuple[str, str, bytes]]:
    """(folder, name, content) of each."""
    waiting = sum(result.outcome is None for result in results.results)
    if waiting:
        notes.append(f"{results.name}: {waiting} samples without an answer are left out")
    if waiting == len(results.results):
        return
    is_vqa = row.vhb_task == VQA
    if not row.given:
        content = to_vhb.answers_csv(results, "id" if is_vqa else "sample_id")
        yield row.answers, f"{stem}.csv", content
    if not is_vqa:
        notes.append(f"{results.name}: VLMHyperBench has no files of metrics for {row.vhb_task}")
        return
    annotation = every_sample(results.loaded)
    for aggregator in row.aggregators:
        content = to_vhb.metrics_csv(results, aggregator, row.wanted, annotation)
        yield row.metrics, f"{stem}_{aggregator}.csv", content


def _written(folder: Path, name: str, content: bytes) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise storage_error(f"cannot make the folder {folder}", error, instead=OTHER_OUT) from error
    write_atomic(folder / name, content, instead=OTHER_OUT)
    return folder / name
