"""The rows of a VLMEvalKit table, without its images."""

from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from vlmhb.datasets.problems import Problems
from vlmhb.datasets.tsv import Cell, Row, RowProblem, read_rows
from vlmhb.datasets.vlmeval_images import TableImages
from vlmhb.domain.quoted import quoted
from vlmhb.domain.repeated import repeated
from vlmhb.domain.task import DatasetRef

REQUIRED = ("index", "question")
MAX_KEPT_BYTES = 65_536
"""Of an image cell: an image is not kept, but the index of another row is."""

ABSENT = frozenset(
    (
        *("", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND"),
        *("1.#QNAN", "<NA>", "N/A", "NA", "NULL", "NaN", "None", "n/a", "nan", "null"),
    )
)
"""What pandas reads as missing, and VLMEvalKit with it: such an option is not offered."""


@dataclass(slots=True)
class Table:
    """The rows of the wanted split, and the images of all."""

    columns: tuple[str, ...]
    images: TableImages
    lines: dict[str, int]
    """Where each row starts, by its index."""
    rows: list[tuple[str, dict[str, str]]]
    """Index and other cells."""


def read_table(file: Path, dataset: DatasetRef, problems: Problems) -> Table:
    """The rows of `file`; what is wrong with them becomes a problem."""
    table = Table((), TableImages(file, dataset.annotation), {}, [])
    splits: set[str] = set()
    try:
        with file.open("rb") as stream:
            rows = read_rows(stream, (b"image",), MAX_KEPT_BYTES)
            table.columns = _columns(next(rows, None), dataset.split, problems)
            for row in rows if table.columns else ():
                _take(row, table, dataset.split, splits, problems)
    except RowProblem as problem:
        problems.add(str(problem))
    except OSError as error:
        problems.add(f"{error.strerror} (errno {error.errno})")
    if splits and not table.rows and not problems:
        present = ", ".join(repr(name) for name in sorted(splits))
        problems.add(f"no rows in split {dataset.split!r}; the splits are {present}")
    return table


def _columns(header: Row | None, split: str, problems: Problems) -> tuple[str, ...]:
    """The names of the columns; none when rows cannot be read under them."""
    if header is None:
        problems.add("empty file; the first line must name the columns")
        return ()
    names = tuple((cell.content or b"").decode("utf-8", "replace") for cell in header.cells)
    needed = [*REQUIRED, *(["split"] if split else [])]
    if not {"image", "image_path"} & set(names):
        needed.append("image")
    wrong = [name for name in needed if name not in names]
    if any("\r" in name for name in names):
        problems.add("its rows end in CR alone, as on Macs of old; save it with LF or CR LF")
        return ()
    for name in wrong:
        near = get_close_matches(name, names, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        problems.add(f"line {header.line}: column {name!r} is missing{hint}")
    twice = sorted(repeated(names))
    for name in twice:
        problems.add(f"line {header.line}: column {name!r} is named twice")
    return () if wrong or twice else names


def _take(row: Row, table: Table, split: str, splits: set[str], problems: Problems) -> None:
    """Note a row, or what is wrong with it."""
    if len(row.cells) != len(table.columns):
        problems.add(f"line {row.line}: {len(row.cells)} cells, expected {len(table.columns)}")
        return
    by_name = dict(zip(table.columns, row.cells, strict=True))
    image = by_name.pop("image", None)
    try:
        cells = {name: _text(cell) for name, cell in by_name.items()}
    except UnicodeDecodeError:
        problems.add(f"line {row.line}: not UTF-8; save the file as UTF-8")
        return
    if any("\0" in text for text in cells.values()):
        problems.add(f"line {row.line}: NUL character")
        return
    index = cells.pop("index")
    first_line = table.lines.setdefault(index, row.line)
    if first_line != row.line:
        problems.add(f"line {row.line}: index {quoted(index)} is that of line {first_line}, too")
    elif index in ABSENT:
        problems.add(f"line {row.line}: index is empty")
    if image is not None and not _is_absent(image):
        table.images.cells[index] = image
    splits.add(cells.get("split", ""))
    if not split or cells["split"] == split:
        table.rows.append((index, cells))


def _text(cell: Cell) -> str:
    return (cell.content or b"").decode("utf-8")


def _is_absent(cell: Cell) -> bool:
    return cell.content is not None and cell.content.decode("utf-8", "replace") in ABSENT
