"""VLMEvalKit's result files: a row for each sample, with its answer as `prediction`."""

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import datetime, timezone

from vlmhb.datasets.literal import list_of
from vlmhb.domain.answer import FailedAnswer
from vlmhb.domain.file_name import in_file_name
from vlmhb.domain.sample import Sample
from vlmhb.exchange.given import FAILED
from vlmhb.exchange.recorded import EvaluationResults, Result, metadata_text

FAIL_TEXT = f"{FAILED} via API."
"""What its own models give back; its evaluators look for it, and it counts as wrong."""
CELL_CHARS = 32_767
CREATED = datetime(2000, 1, 1, tzinfo=timezone.utc).replace(tzinfo=None)
"""Of every workbook: the real time would make two exports of one run differ."""

_OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
_LISTS = {"ocrbench"}
"""Metrics whose evaluator takes every target for a list."""

Cell = str | int


def file_stem(results: EvaluationResults) -> str:
    """As VLMEvalKit calls the file."""
    dataset = results.loaded.task.dataset.name
    return f"{in_file_name(results.model.name)}_{in_file_name(dataset)}"


def rows_of(results: EvaluationResults) -> tuple[list[str], list[list[Cell]]]:
    """(columns, rows) of the samples that were answered or failed."""
    samples = [result.sample for result in results.results]
    letters = sorted({letter for sample in samples for letter, _ in sample.choices})
    further = list(dict.fromkeys(name for sample in samples for name in sample.metadata))
    own = ("index", "question", "answer", *letters)
    # Of two columns with one name their tools take the first, which would be the dataset's.
    named = (f"dataset_{name}" if name in (*own, "prediction") else name for name in further)
    columns = [*own, *named, "prediction"]
    is_numbered = all(_is_number(sample.id) for sample in samples)
    task = results.loaded.task
    in_lists = any(_LISTS & set(names) for names in task.metrics.values())
    is_text = task.dataset.options.get("answer_is_text") is True
    rows: list[list[Cell]] = []
    for result in results.results:
        if result.outcome is not None:
            sample = result.sample
            choices = dict(sample.choices)
            rows.append(
                [
                    int(sample.id) if is_numbered else sample.id,
                    sample.question,
                    _answer(sample, in_lists=in_lists, is_text=is_text),
                    *(choices.get(letter, "") for letter in letters),
                    *(metadata_text(sample.metadata, name) for name in further),
                    prediction(result),
                ]
            )
    return columns, rows


def _is_number(text: str) -> bool:
    """Whether it is one that comes back as it was; workbooks keep no more than 15 digits."""
    is_whole = text.isascii() and text.isdigit() and len(text) <= 15
    return is_whole and (text == "0" or not text.startswith("0"))


def prediction(result: Result) -> str:
    """The answer, or VLMEvalKit's own text for one that was not got."""
    return FAIL_TEXT if isinstance(result.outcome, FailedAnswer) else (result.text or "")


def _answer(sample: Sample, *, in_lists: bool, is_text: bool) -> str:
    """Each row for itself: beside questions with several targets, a table has single letters."""
    target = sample.targets[0] if sample.targets else ""
    if in_lists:
        return repr(list(sample.targets))
    if sample.choices or is_text:
        return target
    # A single target that looks like a list would be taken for several.
    is_list = len(sample.targets) > 1 or list_of(target) is not None
    return repr(list(sample.targets)) if is_list else target


def as_tsv(columns: Sequence[str], rows: Sequence[Sequence[Cell]]) -> bytes:
    """Every cell quoted, as VLMEvalKit writes it."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter="\t", quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue().encode("utf-8", "backslashreplace")


def as_xlsx(columns: Sequence[str], rows: Sequence[Sequence[Cell]]) -> tuple[bytes, int]:
    """(the workbook, how many cells had to be cut because a cell holds no more)."""
    import xlsxwriter  # noqa: PLC0415 - only workbooks need it

    content = io.BytesIO()
    book = xlsxwriter.Workbook(content, _OPTIONS)
    book.set_properties({"created": CREATED})
    sheet = book.add_worksheet("Sheet1")
    n_cut = 0
    for row, cells in enumerate([columns, *rows]):
        for column, value in enumerate(cells):
            if isinstance(value, int):
                sheet.write_number(row, column, value)
                continue
            text = _writable(value)
            kept = text.encode("utf-16-le")[: 2 * CELL_CHARS].decode("utf-16-le", "ignore")
            n_cut += kept != text
            if kept:
                sheet.write_string(row, column, kept)
    book.close()
    return content.getvalue(), n_cut


def _writable(text: str) -> str:
    """Without what no XML can hold: a file with it could not be read back."""
    return "".join(_characters(text))


def _characters(text: str) -> Iterator[str]:
    for character in text:
        code = ord(character)
        if 0xD800 <= code <= 0xDFFF or code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF:
            yield f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
        else:
            yield character
