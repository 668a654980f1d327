"""VLMHyperBench's prompt files: collections of prompts as CSV, and texts.

Their texts are sent as they are, braces and all.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from vlmhb.config.csv_places import places_of
from vlmhb.config.issues import did_you_mean
from vlmhb.domain.prompt import PromptText
from vlmhb.errors import ConfigError

MAX_BYTES = 1024 * 1024
PROMPT, KEY, SCORE = "prompt", "doc_class_question_type", "cer"


@dataclass(frozen=True, slots=True)
class Collection:
    """What a collection says, by `doc_class question_type`."""

    prompts: dict[str, PromptText]
    tuning_scores: dict[str, str]
    """The cells of its column `cer`, where it has one."""


def read_collection(path: Path, shown: str) -> Collection:
    """The prompts of a CSV file: `prompt;doc_class_question_type[;cer]`, UTF-8 with or without BOM.

    Raises:
        ConfigError: naming every cell that cannot be used, with its line and column.
    """
    issues: list[str] = []
    rows = list(_rows(read_text(path, shown), shown, issues))
    found = Collection({}, {})
    for places, row in rows:
        key = row[KEY]
        empty = [name for name in (PROMPT, KEY) if not row[name]]
        issues.extend(
            f"{shown}:{places[name]} {name}: got nothing, expected a text" for name in empty
        )
        if key in found.prompts:
            issues.append(f"{shown}:{places[KEY]} {KEY}: got {key!r} again, expected it once")
        elif not empty:
            found.prompts[key] = PromptText(row[PROMPT], is_template=False)
            if row.get(SCORE):
                found.tuning_scores[key] = row[SCORE]
    if not rows and not issues:
        issues.append(f"{shown}:1:1 got no prompts, expected rows below the names of the columns")
    if issues:
        raise ConfigError(tuple(issues))
    return found


def read_text(path: Path, shown: str) -> str:
    """A text file as it is, except for a BOM and the way its lines end.

    VLMHyperBench reads such a file up to its first newline and no further.

    Raises:
        ConfigError: it cannot be read, is longer than 1 MiB or is not UTF-8.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise ConfigError((f"{shown}: cannot be read: {reason}",)) from error
    if len(content) > MAX_BYTES:
        raise ConfigError((f"{shown}: got more than {MAX_BYTES:,} bytes, expected a short file",))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ConfigError((f"{shown}:{line} got bytes that are not UTF-8",)) from error
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _rows(
    text: str, shown: str, issues: list[str]
) -> Iterator[tuple[dict[str, str], dict[str, str]]]:
    """(places, cells), both by column, of every row that has all cells."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=";", strict=True)
    lines = text.split("\n")
    line = 1
    try:
        columns = next(reader, [])
        places = places_of(lines[: reader.line_num], line)
        if problems := list(_column_problems(columns, places)):
            issues.extend(f"{shown}:{problem}" for problem in problems)
            return
        line = reader.line_num + 1
        for cells in reader:
            places = places_of(lines[line - 1 : reader.line_num], line)
            if cells and len(cells) != len(columns):
                n_cells, n_columns = len(cells), len(columns)
                issues.append(f"{shown}:{places[0]} got {n_cells} cells, expected {n_columns}")
            elif cells:
                names = dict(zip(columns, places, strict=True))
                yield names, dict(zip(columns, cells, strict=True))
            line = reader.line_num + 1
    except csv.Error as error:
        issues.append(f"{shown}:{line}:1 got a row that cannot be read: {error}")


def _column_problems(columns: Sequence[str], places: Sequence[str]) -> Iterator[str]:
    """Each with its place."""
    known = [PROMPT, KEY, SCORE]
    if len(columns) == 1 and "," in columns[0]:
        yield "1:1 got cells separated by ',', expected ';'"
        return
    for place, name in zip(places, columns, strict=False):
        if name not in known:
            free = [one for one in known if one not in columns]
            hint = did_you_mean(name, free)
            yield f"{place} got the column {name!r}, expected {', '.join(known)}{hint}"
    for name in (PROMPT, KEY):
        if name not in columns:
            yield f"1:1 got no column {name!r}, expected `prompt;doc_class_question_type`"
    if len(set(columns)) < len(columns):
        yield "1:1 got a column twice, expected each once"
