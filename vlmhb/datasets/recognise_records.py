"""Telling what JSON lines and Parquet tables ask, by the names of their fields."""

import re
from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path

from vlmhb.datasets.recognised import LOOKED_AT, Recognised, asked
from vlmhb.datasets.records import FIELDS
from vlmhb.datasets.strict_json import JsonProblem, parse
from vlmhb.errors import DatasetError

USUAL: Mapping[str, tuple[str, ...]] = {
    "images": ("img", "image_path", "img_path", "jpg", "png", "pages", "page", "file_name"),
    "question": ("query", "prompt", "instruction", "problem"),
    "answers": (
        "label",
        "labels",
        "ground_truth",
        "gt",
        "target",
        "text",
        "output",
        "transcription",
    ),
    "choices": ("options",),
}
"""What others call the fields that matter, besides their own names; the likelier first."""
SPLITS = ("test", "validation", "val", "dev", "train")
"""What a model should be judged on, best first."""

_SHARD = re.compile(r"(.+?)-\d+-of-\d+\.parquet")


def jsonl(folder: Path, names: Sequence[str]) -> Recognised | None:
    """The first file of JSON lines with images; None when there is none."""
    fitting = [
        (name, rows)
        for name in names
        if name.lower().endswith(".jsonl") and _finds_images(rows := _lines(folder / name))
    ]
    if not fitting:
        return None
    name, rows = fitting[0]
    return _recognised(folder, "jsonl", name, rows, tuple(other for other, _ in fitting[1:]))


def parquet(folder: Path, names: Sequence[str]) -> Recognised | None:
    """The Parquet tables of one split, in the folder or in `data/`; None when there are none."""
    found = [name for name in names if name.lower().endswith(".parquet")]
    if not found and "data" in names:
        found = sorted(f"data/{file.name}" for file in (folder / "data").glob("*.parquet"))
    if not found:
        return None
    patterns = {pattern: name for name in reversed(found) for pattern in [_pattern(name)]}
    best = min(patterns, key=lambda pattern: (_rank(pattern), pattern))
    others = tuple(sorted(patterns.keys() - {best}))
    return _recognised(folder, "parquet", best, _rows(folder / patterns[best]), others)


def _pattern(name: str) -> str:
    shard = _SHARD.fullmatch(name)
    return f"{shard[1]}-*.parquet" if shard else name


def _rank(pattern: str) -> int:
    words = re.split(r"[^a-z]+", Path(pattern).name.lower())
    return next((place for place, split in enumerate(SPLITS) if split in words), len(SPLITS))


def _lines(file: Path) -> list[Mapping[str, object]]:
    """What the first lines hold; what is no object is left to the one who reads it."""
    with file.open("rb") as stream:
        lines = [line for line in islice(stream, LOOKED_AT) if line.strip()]
    rows: list[Mapping[str, object]] = []
    for line in lines:
        try:
            value = parse(line.removeprefix(b"\xef\xbb\xbf"))
        except JsonProblem:
            continue
        if isinstance(value, dict):
            rows.append(value)
    return rows


def _rows(file: Path) -> list[Mapping[str, object]]:
    """The first rows without their images, whose bytes are many."""
    try:
        from pyarrow import ArrowException  # noqa: PLC0415 - optional, and slow to import
        from pyarrow.parquet import ParquetFile  # noqa: PLC0415 - optional, and slow to import
    except ImportError as error:
        raise DatasetError(
            f"cannot look into {file}",
            "pyarrow is not installed",
            next_step="pip install 'vlmhb[parquet]'",
        ) from error
    try:
        with ParquetFile(file) as table:
            names = table.schema_arrow.names
            images = _name_of("images", names)
            read = [name for name in names if name != images]
            batch = next(table.iter_batches(LOOKED_AT, columns=read), None)
    except ArrowException as error:
        raise DatasetError(f"cannot look into {file}", str(error).splitlines()[0]) from error
    rows = batch.to_pylist() if batch else []
    return [{**row, images: ""} if images else row for row in rows] or [dict.fromkeys(names)]


def _finds_images(rows: Sequence[Mapping[str, object]]) -> bool:
    return any(_name_of("images", row) for row in rows)


def _name_of(field: str, names: Mapping[str, object] | Sequence[str]) -> str:
    """What a field is called there; empty for one that is not there."""
    return next((name for name in (*FIELDS[field], *USUAL[field]) if name in names), "")


def _recognised(
    folder: Path,
    layout: str,
    annotation: str,
    rows: Sequence[Mapping[str, object]],
    others: tuple[str, ...],
) -> Recognised:
    names = {name: None for row in rows for name in row}
    called = {field: _name_of(field, names) for field in USUAL}
    targets = [row[called["answers"]] for row in rows if row.get(called["answers"]) is not None]
    columns = {field: name for field, name in called.items() if name and name not in FIELDS[field]}
    return Recognised(
        folder,
        layout,
        annotation,
        (
            asked(
                targets, has_question=bool(called["question"]), has_choices=bool(called["choices"])
            ),
        ),
        has_question=bool(called["question"]),
        has_targets=bool(called["answers"]),
        options={"columns": columns} if columns else {},
        others=others,
    )
