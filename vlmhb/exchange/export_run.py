"""A run -> files that other tools read."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from vlmhb.exchange import to_vhb, to_vlmeval
from vlmhb.exchange.recorded import EvaluationResults, evaluations_of
from vlmhb.store import RunDir, read_run
from vlmhb.system.files import storage_error, write_atomic


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
    """What the format could not hold."""


def export_run(run_dir: RunDir, out: Path, vhb: ForVhb | None) -> Exported:
    """Files for VLMHyperBench, or for VLMEvalKit where `vhb` is None, in `out`.

    Raises:
        UsageError: the run cannot be read, or its data does not fit the format.
        StorageError: the folder cannot be written.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise storage_error(f"cannot make the folder {out}", error) from error
    files: list[Path] = []
    notes: list[str] = []
    for results in evaluations_of(read_run(run_dir)):
        waiting = sum(result.outcome is None for result in results.results)
        if waiting:
            notes.append(f"{results.name}: {waiting} samples without an answer are left out")
        made = _vlmeval(results, notes) if vhb is None else _vhb(results, vhb)
        for name, content in made:
            write_atomic(out / name, content)
            files.append(out / name)
    return Exported(tuple(files), tuple(notes))


def _vlmeval(results: EvaluationResults, notes: list[str]) -> Iterator[tuple[str, bytes]]:
    columns, rows = to_vlmeval.rows_of(results)
    workbook, n_cut = to_vlmeval.as_xlsx(columns, rows)
    stem = to_vlmeval.file_stem(results)
    if n_cut:
        notes.append(f"{results.name}: {n_cut} cells are cut in {stem}.xlsx, not in {stem}.tsv")
    yield f"{stem}.xlsx", workbook
    yield f"{stem}.tsv", to_vlmeval.as_tsv(columns, rows)


def _vhb(results: EvaluationResults, vhb: ForVhb) -> Iterator[tuple[str, bytes]]:
    stem = to_vhb.answers_stem(results, vhb.framework, vhb.task)
    yield f"{stem}.csv", to_vhb.answers_csv(results)
    if vhb.with_metrics:
        for aggregator in to_vhb.AGGREGATORS:
            yield f"{stem}_{aggregator}.csv", to_vhb.metrics_csv(results, aggregator)
