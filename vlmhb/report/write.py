"""All documents of a run, into one folder."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from vlmhb.domain.results import Results
from vlmhb.report.entries import entries_of
from vlmhb.report.leaderboard import leaderboard
from vlmhb.report.payload import PICTURES
from vlmhb.report.to_csv import answers_csv, metrics_csv, scores_csv
from vlmhb.report.to_html import report_html
from vlmhb.report.to_json import SCHEMA_VERSION, results_json
from vlmhb.report.to_markdown import results_md
from vlmhb.report.to_xlsx import results_xlsx
from vlmhb.system.files import storage_error, write_atomic

MANIFEST = "manifest.json"


def tables_of(results: Results) -> dict[str, bytes]:
    """File name -> content of the documents made for programs."""
    entries = entries_of(results)
    return {
        "answers.csv": answers_csv(entries),
        "scores.csv": scores_csv(entries),
        "metrics.csv": metrics_csv(results),
        "results.json": results_json(results, entries, leaderboard(results)),
    }


def documents_of(results: Results) -> dict[str, bytes]:
    """File name -> content. The same results give the same bytes on every machine."""
    entries = entries_of(results)
    board = leaderboard(results)
    return {
        **tables_of(results),
        "results.md": results_md(results, entries, board),
        "results.xlsx": results_xlsx(results, entries, board),
        "report.html": report_html(results, entries, board),
    }


def write_tables(results: Results, folder: Path) -> tuple[Path, ...]:
    """The files written: those for programs, without the manifest.

    Raises:
        StorageError: the file system refused.
    """
    return _write(tables_of(results), folder)


def write_report(results: Results, folder: Path) -> tuple[Path, ...]:
    """The files written, the manifest last; files that are not ours stay.

    A manifest that does not match its files marks them as stale, so a write that was interrupted
    is always noticed.

    Raises:
        StorageError: the file system refused, or a picture of a page is gone.
    """
    contents = _pictures(results) | documents_of(results)
    digests = {
        name: hashlib.sha256(content).hexdigest() for name, content in sorted(contents.items())
    }
    manifest = {"schema_version": SCHEMA_VERSION, "sha256": digests}
    contents[MANIFEST] = json.dumps(manifest, indent=1).encode("ascii") + b"\n"
    return _write(contents, folder)


def _write(contents: Mapping[str, bytes], folder: Path) -> tuple[Path, ...]:
    try:
        (folder / PICTURES).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise storage_error(f"cannot make {folder}", error) from error
    for name, content in contents.items():
        path = folder / name
        # Pictures are many and named by content: an fsync for each one again would take seconds.
        if not (name.startswith(f"{PICTURES}/") and _holds(path, content)):
            write_atomic(path, content)
    return tuple(folder / name for name in contents)


def _pictures(results: Results) -> dict[str, bytes]:
    pictures = {}
    for sha256, path in sorted(results.thumbnails.items()):
        try:
            pictures[f"{PICTURES}/{sha256}.jpg"] = Path(path).read_bytes()
        except OSError as error:
            raise storage_error(f"cannot read the picture of a page, {path}", error) from error
    return pictures


def _holds(path: Path, content: bytes) -> bool:
    return path.is_file() and path.read_bytes() == content
