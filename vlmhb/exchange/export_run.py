"""A run -> files that other tools read."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from vlmhb.domain.file_name import file_key, in_file_name
from vlmhb.exchange import to_vhb, to_vlmeval
from vlmhb.exchange.placing import place
from vlmhb.exchange.recorded import EvaluationResults, evaluations_of
from vlmhb.store import RunDir, read_run


@dataclass(frozen=True, slots=True)
class ForVhb:
    """What VLMHyperBench names its files by, and which of them are wanted."""

    framework: str = "vlmhb"
    task: str = "VQA"
    with_metrics: bool = True


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written."""

    files: tuple[Path, ...]
    notes: tuple[str, ...]
    """What the format could not hold, and which files have names of their own."""


def export_run(
    run_dir: RunDir, out: Path, vhb: ForVhb | None, *, replace: bool = False
) -> Exported:
    """Files for VLMHyperBench, or for VLMEvalKit where `vhb` is None, in `out`.

    Either all are written or, where one would take the place of another file, none; `replace`
    allows that.

    Raises:
        UsageError: the run cannot be read, its data does not fit the format, or other files are in
            the way.
        StorageError: the folder cannot be written.
    """
    notes: list[str] = []
    contents: dict[str, bytes] = {}
    evaluations = tuple(evaluations_of(read_run(run_dir)))
    for results, stem in zip(evaluations, _stems(evaluations, vhb, notes), strict=True):
        waiting = sum(result.outcome is None for result in results.results)
        if waiting:
            notes.append(f"{results.name}: {waiting} samples without an answer are left out")
        made = _vlmeval(results, stem, notes) if vhb is None else _vhb(results, stem, vhb)
        contents |= dict(made)
    return Exported(place(contents, out, replace=replace), tuple(notes))


def _stems(
    evaluations: Sequence[EvaluationResults], vhb: ForVhb | None, notes: list[str]
) -> Iterator[str]:
    """What the files of each evaluation are called; no two alike, on any file system."""
    usual = [_stem(results, vhb) for results in evaluations]
    counts = Counter(map(file_key, usual))
    taken = {stem for stem, count in counts.items() if count == 1}
    for results, stem in zip(evaluations, usual, strict=True):
        if file_key(stem) in taken:
            yield stem
            continue
        task, number = f"_{in_file_name(results.loaded.task.name)}", 1
        own = _stem(results, vhb, task)
        while file_key(own) in taken:
            number += 1
            own = _stem(results, vhb, f"{task}_{number}")
        taken.add(file_key(own))
        notes.append(f"{results.name}: its files are {own}.*, as {stem} is the name of several")
        yield own


def _stem(results: EvaluationResults, vhb: ForVhb | None, ending: str = "") -> str:
    if vhb is None:
        return to_vlmeval.file_stem(results) + ending
    return to_vhb.answers_stem(results, vhb.framework, vhb.task + ending)


def _vlmeval(
    results: EvaluationResults, stem: str, notes: list[str]
) -> Iterator[tuple[str, bytes]]:
    columns, rows = to_vlmeval.rows_of(results)
    workbook, n_cut = to_vlmeval.as_xlsx(columns, rows)
    if n_cut:
        notes.append(f"{results.name}: {n_cut} cells are cut in {stem}.xlsx, not in {stem}.tsv")
    yield f"{stem}.xlsx", workbook
    yield f"{stem}.tsv", to_vlmeval.as_tsv(columns, rows)


def _vhb(results: EvaluationResults, stem: str, vhb: ForVhb) -> Iterator[tuple[str, bytes]]:
    yield f"{stem}.csv", to_vhb.answers_csv(results)
    if vhb.with_metrics:
        for aggregator in to_vhb.AGGREGATORS:
            yield f"{stem}_{aggregator}.csv", to_vhb.metrics_csv(results, aggregator)
