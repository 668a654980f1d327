"""VLMHyperBench's files: the answers of a model, and what its evaluator makes of them.

The figures are the evaluator's, not ours: no normalisation, answer and target swapped in BLEU,
texts as pandas reads them back. They are for its tools; ours are in metrics.csv.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

from vlmhb.domain.answer import FailedAnswer
from vlmhb.domain.file_name import in_file_name
from vlmhb.domain.sample import Sample
from vlmhb.domain.vhb_row import ANNOTATION
from vlmhb.errors import UsageError
from vlmhb.exchange.data_frame import Value, as_text, sort_key, typed, written
from vlmhb.exchange.recorded import EvaluationResults, Result, metadata_text
from vlmhb.metrics.text.edit_rate import characters, edits, words_between_spaces

AGGREGATORS = ("by_id", "by_doc_type", "by_doc_question", "general")
METRICS = ("WER", "CER", "BLEU")

_QUOTED = ';"\n'

Figures = dict[str, float]


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of the merged table: every column as pandas types it, and the two texts."""

    cells: tuple[Value, ...]
    target: str
    answer: str

    def cell(self, column: str) -> Value:
        return self.cells[2 + ANNOTATION.index(column)]


def answers_stem(results: EvaluationResults, framework: str, task: str) -> str:
    """As VLMHyperBench calls the file of answers."""
    parts = (results.loaded.task.dataset.name, framework, results.model.name, task)
    return "_".join((*map(in_file_name, parts), "answers", results.stamp))


def answers_csv(results: EvaluationResults, id_column: str = "id") -> bytes:
    """`id;model_answer`, one row for each sample that was answered or failed.

    The answer of a failed sample is empty: that counts as wrong, where a row that is left out
    would not count at all.
    """
    rows = ([result.sample.id, _answer(result)] for result in _with_outcome(results))
    # Their writer leaves a lone carriage return bare, and their reader ends the row there.
    return _csv((id_column, "model_answer"), rows, quoted=_QUOTED + "\r")


def metrics_csv(
    results: EvaluationResults,
    aggregator: str,
    metrics: Collection[str] = METRICS,
    annotation: Sequence[Sample] = (),
) -> bytes:
    """The file that `run_eval.py` would make of these answers, byte for byte.

    `annotation` holds every row of annotation.csv, where the run took a part of them.

    Raises:
        UsageError: their evaluator refuses such data.
    """
    rows = _merged(results, annotation)
    match aggregator:
        case "by_id":
            return _by_id(rows, metrics)
        case "by_doc_type":
            return _by_group(rows, ("doc_class",), metrics)
        case "by_doc_question":
            return _by_group(rows, ("doc_class", "question_type"), metrics)
        case _:
            figures = _figures(rows, "bleu_score", metrics)
            return _csv(tuple(figures), [[written(value) for value in figures.values()]])


def _with_outcome(results: EvaluationResults) -> list[Result]:
    return [result for result in results.results if result.outcome is not None]


def _answer(result: Result) -> str:
    return "" if isinstance(result.outcome, FailedAnswer) else (result.text or "")


def _merged(results: EvaluationResults, annotation: Sequence[Sample]) -> list[_Row]:
    answered = _with_outcome(results)
    if not answered:
        raise UsageError(f"cannot export the metrics of {results.name}", "nothing is answered")
    every = annotation or [result.sample for result in results.results]
    # The types of a column follow from all of the annotation, not only from what was answered.
    by_column = [typed([_annotation(sample, name) for sample in every]) for name in ANNOTATION]
    place = {sample.id: number for number, sample in enumerate(every)}
    answers = typed([_answer(result) for result in answered])
    ids = typed([result.sample.id for result in answered])
    target_column = ANNOTATION.index("answer")
    rows = []
    for result, sample_id, answer in zip(answered, ids, answers, strict=True):
        cells = [column[place[result.sample.id]] for column in by_column]
        target = as_text(cells[target_column])
        cells[target_column] = target
        rows.append(_Row((sample_id, as_text(answer), *cells), target, as_text(answer)))
    _check(results, answered, rows)
    return rows


def _check(results: EvaluationResults, answered: Sequence[Result], rows: Sequence[_Row]) -> None:
    blank = [
        result.sample.id
        for result, row in zip(answered, rows, strict=True)
        if not row.target.strip()
    ]
    if blank:
        raise UsageError(
            f"cannot export the metrics of {results.name}",
            f"VLMHyperBench's evaluator stops at a target of nothing but spaces: {blank[0]!r}",
            next_step="leave out the metrics with --answers-only",
        )


def _annotation(sample: Sample, column: str) -> str:
    match column:
        case "image_path":
            return sample.pages[0].path if sample.pages else ""
        case "question":
            return sample.question
        case "answer":
            return sample.targets[0] if sample.targets else ""
        case "doc_class":
            return sample.doc_class
        case "question_type":
            return sample.question_type
        case _:
            return metadata_text(sample.metadata, column)


def _by_id(rows: Sequence[_Row], metrics: Collection[str]) -> bytes:
    figures = [_figures([row], "bleu_score", metrics) for row in rows]
    return _csv(
        ("id", "model_answer", *ANNOTATION, *figures[0]),
        (
            [*map(written, row.cells), *map(written, own.values())]
            for row, own in zip(rows, figures, strict=True)
        ),
    )


def _by_group(rows: Sequence[_Row], keys: Sequence[str], metrics: Collection[str]) -> bytes:
    groups: dict[tuple[Value, ...], list[_Row]] = {}
    for row in rows:
        group = tuple(row.cell(key) for key in keys)
        if None not in group:  # pandas leaves such rows out
            groups.setdefault(group, []).append(row)
    ordered = sorted(groups, key=lambda group: [sort_key(part) for part in group])
    figures = [_figures(groups[group], "bleu_error", metrics) for group in ordered]
    # An empty frame has no columns.
    names = (*keys, *figures[0]) if figures else ()
    return _csv(
        names,
        (
            [*map(written, group), *map(written, own.values())]
            for group, own in zip(ordered, figures, strict=True)
        ),
    )


def _figures(rows: Sequence[_Row], bleu_name: str, metrics: Collection[str]) -> Figures:
    """Those of `metrics`, in the order of `METRICS`."""
    figures: Figures = {}
    if "WER" in metrics:
        figures["wer_error"] = _rate(rows, words_between_spaces)
    if "CER" in metrics:
        figures["cer_error"] = _rate(rows, characters)
    if "BLEU" in metrics:
        figures[bleu_name] = _swapped_bleu(rows)
    return figures


def _swapped_bleu(rows: Sequence[_Row]) -> float:
    import sacrebleu  # noqa: PLC0415 - slow to import, and only this figure needs it

    targets, answers = [row.target for row in rows], [row.answer for row in rows]
    return float(sacrebleu.corpus_bleu(targets, [answers]).score)


def _rate(rows: Sequence[_Row], units: Callable[[str], Sequence[str]]) -> float:
    """Edits over the length of the targets, both summed up."""
    pairs = [(units(row.target), units(row.answer)) for row in rows]
    return sum(edits(*pair) for pair in pairs) / sum(len(target) for target, _ in pairs)


def _csv(
    header: Sequence[str], rows: Iterable[Sequence[object]], *, quoted: str = _QUOTED
) -> bytes:
    """As pandas writes it: `;`, cells with one of `quoted` in quotes, with a byte order mark."""
    lines = (";".join(_cell(str(cell), quoted) for cell in row) for row in (header, *rows))
    return "".join(f"{line}\n" for line in lines).encode("utf-8-sig", "backslashreplace")


def _cell(text: str, quoted: str) -> str:
    if not any(mark in text for mark in quoted):
        return text
    return '"' + text.replace('"', '""') + '"'
