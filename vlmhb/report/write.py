"""All documents of a run, into one folder."""

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
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
from vlmhb.system.files import (
    copy_whole,
    remove_partial,
    sha256_of_file,
    storage_error,
    write_atomic,
)

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
    with _only_writer(folder):
        return _write(tables_of(results), folder)


def write_report(results: Results, folder: Path) -> tuple[Path, ...]:
    """The documents written, the manifest last; files that are not ours stay.

    A manifest that does not match its files marks them as stale, so a write that was interrupted
    is always noticed.

    Raises:
        StorageError: the file system refused, or a picture of a page is gone.
    """
    with _only_writer(folder):
        digests = _place_pictures(results, folder / PICTURES)
        contents = documents_of(results)
        for name, content in contents.items():
            digests[name] = hashlib.sha256(content).hexdigest()
        manifest = {"schema_version": SCHEMA_VERSION, "sha256": dict(sorted(digests.items()))}
        contents[MANIFEST] = json.dumps(manifest, indent=1).encode("ascii") + b"\n"
        return _write(contents, folder)


@contextmanager
def _only_writer(folder: Path) -> Iterator[None]:
    """Wait for others who write here, then clear away what crashed ones left."""
    try:
        (folder / PICTURES).mkdir(parents=True, exist_ok=True)
        fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise storage_error(f"cannot make {folder}", error) from error
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        remove_partial(folder)
        remove_partial(folder / PICTURES)
        yield
    finally:
        os.close(fd)


def _write(contents: Mapping[str, bytes], folder: Path) -> tuple[Path, ...]:
    for name, content in contents.items():
        write_atomic(folder / name, content)
    return tuple(folder / name for name in contents)


def _place_pictures(results: Results, folder: Path) -> dict[str, str]:
    """Name below `derived/` -> sha256 of the picture, for each page that has one."""
    digests = {}
    for page_sha256, source in sorted(results.thumbnails.items()):
        target = folder / f"{page_sha256}.jpg"
        try:
            digest = sha256_of_file(Path(source))
            if not (target.is_file() and sha256_of_file(target) == digest):
                copy_whole(Path(source), target)
        except OSError as error:
            raise storage_error(f"cannot copy the picture of a page, {source}", error) from error
        digests[f"{PICTURES}/{target.name}"] = digest
    return digests
