"""Telling what dataset a folder holds, by the names and the first lines of its files."""

from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from vlmhb.datasets.document_files import JSON, TEXT, read_folder
from vlmhb.datasets.problems import Problems
from vlmhb.datasets.recognise_records import jsonl, parquet
from vlmhb.datasets.recognised import LOOKED_AT, Asks, Recognised, asked
from vlmhb.datasets.strict_json import JsonProblem, parse
from vlmhb.datasets.tsv import Row, RowProblem, read_rows
from vlmhb.errors import DatasetError

EXPECTED = (
    "annotation.csv of VLMHyperBench, a .tsv of VLMEvalKit, .jsonl or .parquet files, bundles "
    "of pages (classes.json, images/, jsons/), or JPEG, PNG, WEBP, BMP, TIFF or PDF files"
)
MAX_LINE_BYTES = 1 << 20


def recognise(path: Path) -> Recognised:
    """The dataset in the folder `path`, or in the one file that it names.

    Raises:
        DatasetError: there is none that vlmhb can read.
    """
    try:
        folder = path.resolve(strict=True)
        names = [folder.name] if folder.is_file() else sorted(_names(folder))
    except OSError as error:
        raise _none(path, error.strerror or str(error)) from error
    folder = folder.parent if folder.is_file() else folder
    for look in (_annotation_csv, _vlmeval_tsv, parquet, jsonl, _bundles):
        try:
            if found := look(folder, names):
                return found
        except OSError as error:
            raise _none(path, f"{error.filename}: {error.strerror}") from error
    found = _documents(folder) if path.is_dir() else None
    if found is None:
        shown = ", ".join(names[:5]) + (", ..." if len(names) > 5 else "")
        raise _none(path, f"none in it; it holds {shown}" if names else "it is empty")
    return found


def _names(folder: Path) -> list[str]:
    return [entry.name for entry in folder.iterdir() if not entry.name.startswith(".")]


def _none(path: Path, got: str) -> DatasetError:
    return DatasetError(
        f"cannot tell what dataset {path} is",
        got,
        expected=EXPECTED,
        next_step="name the folder or the file that holds the dataset; docs/guide/datasets.md "
        "describes each",
    )


def _annotation_csv(folder: Path, names: Sequence[str]) -> Recognised | None:
    fitting = [
        name
        for name in names
        if name.lower().endswith(".csv")
        and {"image_path", "question"} <= set(_first_line(folder / name).split(";"))
    ]
    # The file that VLMHyperBench reads, where there are variants of it.
    fitting.sort(key=lambda name: name != "annotation.csv")
    if not fitting:
        return None
    asks = (Asks.QUESTIONS,)
    return Recognised(folder, "annotation_csv", fitting[0], asks, others=tuple(fitting[1:]))


def _first_line(file: Path) -> str:
    with file.open("rb") as stream:
        line = stream.readline(MAX_LINE_BYTES)
    return line.decode("utf-8-sig", "replace").rstrip("\r\n")


def _vlmeval_tsv(folder: Path, names: Sequence[str]) -> Recognised | None:
    fitting = [
        (name, rows)
        for name in names
        if name.lower().endswith(".tsv")
        and {b"index", b"question"} <= set(_cells((rows := _first_rows(folder / name))[:1]))
    ]
    if not fitting:
        return None
    name, rows = fitting[0]
    columns = _cells(rows[:1])
    place = next((columns.index(one) for one in (b"answers", b"answer") if one in columns), -1)
    targets = [_cells([row])[place].decode(errors="replace") for row in rows[1:] if place >= 0]
    return Recognised(
        folder,
        "vlmeval_tsv",
        name,
        (asked(targets, has_question=True, has_choices={b"A", b"B"} <= set(columns)),),
        has_targets=place >= 0,
        others=tuple(other for other, _ in fitting[1:]),
    )


def _first_rows(file: Path) -> list[Row]:
    """Whole rows only; none where it is no table."""
    try:
        with file.open("rb") as stream:
            rows = list(islice(read_rows(stream, (b"image",), 0), LOOKED_AT + 1))
    except RowProblem:
        return []
    return [row for row in rows if len(row.cells) == len(rows[0].cells)]


def _cells(rows: Sequence[Row]) -> list[bytes]:
    return [cell.content or b"" for row in rows for cell in row.cells]


def _bundles(folder: Path, names: Sequence[str]) -> Recognised | None:
    if not {"classes.json", "images", "jsons"} <= set(names):
        return None
    truths = [_truth(file) for file in sorted((folder / "jsons").glob("*.json"))]
    is_ordered = any("pages" in truth and _repeats(truth.get("classes")) for truth in truths)
    asks = (Asks.CLASSES, Asks.ORDER) if is_ordered else (Asks.CLASSES,)
    return Recognised(folder, "rpo_classification", "classes.json", asks, has_question=False)


def _truth(file: Path) -> dict[str, object]:
    try:
        value = parse(file.read_bytes())
    except JsonProblem:  # told by the one who reads it
        return {}
    return value if isinstance(value, dict) else {}


def _repeats(classes: object) -> bool:
    """Whether a class has several pages, which can be put in order."""
    items = list(classes.values()) if isinstance(classes, dict) else classes
    return isinstance(items, list) and len(set(map(str, items))) < len(items)


def _documents(folder: Path) -> Recognised | None:
    found = read_folder(folder, Problems(""))
    if not found.documents:
        return None
    suffixes = {truth.file.suffix for truths in found.truths.values() for truth in truths}
    expected = "text" if suffixes & TEXT else "json" if suffixes & JSON else "none"
    return Recognised(
        folder,
        "documents",
        ".",
        (Asks.FIELDS if expected == "json" else Asks.TEXT,),
        has_question=False,
        has_targets=expected != "none",
        options={"expected": expected},
        others=("the expected JSON files",) if suffixes & TEXT and suffixes & JSON else (),
    )
