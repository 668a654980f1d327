"""VLMHyperBench's annotation.csv: `;` between cells, UTF-8 with or without BOM, one row a sample.

A sample's id is the 0-based number of its row, as in VLMHyperBench, whatever `data_index` says;
rows left out by the split keep their numbers. Two columns more than VLMHyperBench has are
understood: `document` (which document the page shows, by default the page itself) and `language`.
Any other column becomes metadata, unless its name looks like one of these two misspelt.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TextIO

from vlmhb.datasets.annotation import annotation_file, cannot_read
from vlmhb.datasets.long_cells import long_cells
from vlmhb.datasets.options import Options
from vlmhb.datasets.page_files import PageFiles
from vlmhb.datasets.pages_read import PagesRead
from vlmhb.datasets.problems import Problems
from vlmhb.datasets.root import DatasetRoot
from vlmhb.datasets.values import LANGUAGE
from vlmhb.domain.repeated import repeated
from vlmhb.domain.sample import Sample
from vlmhb.domain.task import DatasetRef
from vlmhb.domain.vhb_row import ANNOTATION
from vlmhb.system.page_cache import PageCache

OPTIONAL = ("document", "language")
TOLD_ELSEWHERE = frozenset({*ANNOTATION, *OPTIONAL, ""} - {"data_index", "split", "answer_bbox"})
"""Columns that a sample has fields for; the others go into its metadata under their own names.
Those without a name are what spreadsheets and pandas leave, not data."""
MOST_COLUMNS = 10_000
"""The name of each is compared with those that are known."""
MISSPELT = 0.75
"""How like a known name an unknown one must be (`difflib`): `langauge` is, `comment` is not."""


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of the file and where it starts."""

    number: int
    line: int
    cells: dict[str, str]


class AnnotationCsv:
    """Reads annotation.csv and the images it names."""

    def read(self, dataset: DatasetRef, pages: PageCache) -> tuple[Sample, ...]:
        """One sample per row of the wanted split.

        Raises:
            DatasetError: naming every row that cannot be used, with its line.
        """
        root = DatasetRoot(Path(dataset.root))
        problems = Problems(cannot_read(dataset))
        Options(dataset.options, (), problems)
        file = annotation_file(dataset, root)
        rows = tuple(_wanted(_rows(file, problems), dataset.split, problems))
        files = PageFiles(root, problems, read=PagesRead(dataset.name, pages.on_data))
        samples = tuple(_sample(row, files, problems) for row in rows)
        problems.raise_if_any(next_step=f"correct {file}")
        return samples


def _rows(file: Path, problems: Problems) -> Iterator[_Row]:
    """Every usable row; the others become problems."""
    try:
        with long_cells(), file.open(encoding="utf-8-sig", newline="") as lines:
            yield from _table(lines, problems)
    except UnicodeDecodeError:
        line = _first_undecodable_line(file)
        problems.add(f"line {line}: not UTF-8; save the file as UTF-8")
    except OSError as error:
        problems.add(f"{error.strerror} (errno {error.errno})")


def _table(lines: TextIO, problems: Problems) -> Iterator[_Row]:
    reader = csv.reader(lines, delimiter=";", strict=True)
    line = 1
    try:
        columns = next((row for row in reader if row), [])
        if not _check_columns(columns, problems):
            return
        number, line = 0, reader.line_num + 1
        for cells in reader:
            if cells:
                if _check_cells(cells, columns, line, problems):
                    yield _Row(number, line, dict(zip(columns, cells, strict=True)))
                number += 1
            line = reader.line_num + 1
    except csv.Error as error:
        problems.add(f"the row that starts in line {line}: {error}")


def _check_columns(columns: list[str], problems: Problems) -> bool:
    """True when rows can be read under these column names."""
    if not columns:
        problems.add("empty file; the first line must name the columns")
        return False
    if len(columns) > MOST_COLUMNS:
        problems.add(f"line 1: {len(columns):,} columns, more than {MOST_COLUMNS:,}")
        return False
    if len(columns) == 1 and "," in columns[0]:
        problems.add("line 1: cells are separated by ','; expected ';'")
        return False
    missing = [name for name in ANNOTATION if name not in columns]
    misspelt = _misspelt(columns)
    for name, meant in misspelt.items():
        problems.add(f"line 1: unknown column {name!r}; did you mean {meant!r}?")
    for name in missing:
        problems.add(f"line 1: column {name!r} is missing")
    twice = sorted(filter(None, repeated(columns)))
    for name in twice:
        problems.add(f"line 1: column {name!r} is named twice")
    return not (misspelt or missing or twice)


def _misspelt(columns: list[str]) -> dict[str, str]:
    """Columns whose names are nearly those of known columns that are not there."""
    known = (*ANNOTATION, *OPTIONAL)
    free = [name for name in known if name not in columns]
    near = {
        name: get_close_matches(name, free, n=1, cutoff=MISSPELT)
        for name in columns
        if name not in known
    }
    return {name: meant[0] for name, meant in near.items() if meant}


def _check_cells(cells: list[str], columns: list[str], line: int, problems: Problems) -> bool:
    if len(cells) != len(columns):
        problems.add(f"line {line}: {len(cells)} cells, expected {len(columns)}")
        return False
    if any("\0" in cell for cell in cells):
        problems.add(f"line {line}: NUL character")
        return False
    return True


def _wanted(rows: Iterator[_Row], split: str, problems: Problems) -> Iterator[_Row]:
    """The rows of `split`, each asking something else."""
    seen: dict[tuple[str, ...], int] = {}
    splits: set[str] = set()
    n_rows = n_wanted = 0
    for row in rows:
        n_rows += 1
        splits.add(row.cells["split"])
        if split and row.cells["split"] != split:
            continue
        n_wanted += 1
        asked = tuple(row.cells[name] for name in ("image_path", "question", "question_type"))
        first_line = seen.setdefault(asked, row.line)
        if first_line != row.line:
            problems.add(f"line {row.line}: asks the same as line {first_line}")
        yield row
    if n_rows == 0 and not problems:
        problems.add("no rows")
    elif n_rows and n_wanted == 0:
        present = ", ".join(repr(name) for name in sorted(splits))
        problems.add(f"no rows in split {split!r}; the splits are {present}")


def _sample(row: _Row, pages: PageFiles, problems: Problems) -> Sample:
    cells = row.cells
    language = cells.get("language", "")
    if not LANGUAGE.fullmatch(language):
        problems.add(f"line {row.line}: language {language!r}, expected e.g. 'ru', 'multi' or ''")
    page = pages.page(cells["image_path"], f"line {row.line}: image_path")
    return Sample(
        id=str(row.number),
        question=cells["question"],
        pages=(page,) if page else (),
        targets=(cells["answer"],),
        document=cells.get("document") or (page.path if page else cells["image_path"]),
        doc_class=cells["doc_class"],
        question_type=cells["question_type"],
        language=language,
        metadata={
            name: cell for name, cell in cells.items() if cell and name not in TOLD_ELSEWHERE
        },
    )


def _first_undecodable_line(file: Path) -> int:
    with file.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                line.decode("utf-8")
            except UnicodeDecodeError:
                return number
    return 1
