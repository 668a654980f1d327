"""All documents of a run, into one folder."""

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from vlmhb.domain.results import Results
from vlmhb.report.entries import entries_of
from vlmhb.report.leaderboard import leaderboard
from vlmhb.report.payload import PICTURES
from vlmhb.report.to_csv import answers_csv, metrics_csv, scores_csv
from vlmhb.report.to_documents import FOLDER, document_files
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
SHOWN = ("report.html", "results.md", "results.xlsx")
"""The documents for people."""


@dataclass(frozen=True, slots=True)
class Rewritten:
    """What became of the documents when those for programs were written."""

    files: tuple[Path, ...]
    """Written, without the manifest."""
    removed: tuple[Path, ...]
    """Documents for people that showed an earlier scoring."""


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


def write_tables(results: Results, folder: Path) -> Rewritten:
    """Write the documents for programs, and remove those for people that differ from them.

    The manifest goes on to name what is there. Where nothing changed, nothing is removed.

    Raises:
        StorageError: the file system refused.
    """
    with _only_writer(folder):
        contents = tables_of(results)
        digests = {name: _sha256(content) for name, content in contents.items()}
        known = _known_digests(folder)
        if digests.items() <= known.items():
            return Rewritten(_write(contents, folder), ())
        removed = _remove_shown(folder)
        written = _write(contents, folder)
        if known:
            kept = {name: digest for name, digest in known.items() if name not in SHOWN}
            _write({MANIFEST: _manifest(kept | digests)}, folder)
        return Rewritten(written, removed)


def write_report(
    results: Results, folder: Path, *, per_document_json: bool = False
) -> tuple[Path, ...]:
    """The documents written, the manifest last; files that are not ours stay.

    A manifest that does not match its files marks them as stale, so a write that was interrupted
    is always noticed. `per_document_json` adds a file for each model and document; where such files
    were written before, they are always written again.

    Raises:
        StorageError: the file system refused, or a picture of a page is gone.
    """
    with _only_writer(folder):
        digests = _place_pictures(results, folder / PICTURES)
        contents = documents_of(results)
        if per_document_json or _has_document_files(folder):
            contents |= document_files(entries_of(results))
        for name, content in contents.items():
            digests[name] = _sha256(content)
        contents[MANIFEST] = _manifest(digests)
        return _write(contents, folder)


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _manifest(digests: Mapping[str, str]) -> bytes:
    manifest = {"schema_version": SCHEMA_VERSION, "sha256": dict(sorted(digests.items()))}
    return json.dumps(manifest, indent=1).encode("ascii") + b"\n"


def _known_digests(folder: Path) -> dict[str, str]:
    """What the manifest says; nothing where there is none that can be read."""
    try:
        digests = json.loads((folder / MANIFEST).read_bytes())["sha256"]
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return dict(digests) if isinstance(digests, dict) else {}


def _has_document_files(folder: Path) -> bool:
    known = (name for name in _known_digests(folder) if name.startswith(f"{FOLDER}/"))
    return any((folder / name).is_file() for name in known)


def _remove_shown(folder: Path) -> tuple[Path, ...]:
    """Those that were there."""
    shown = tuple(path for name in SHOWN if (path := folder / name).is_file())
    for path in shown:
        try:
            path.unlink()
        except OSError as error:
            raise storage_error(f"cannot remove {path}", error) from error
    return shown


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
    for inner in sorted({(folder / name).parent for name in contents}):
        try:
            inner.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise storage_error(f"cannot make {inner}", error) from error
        remove_partial(inner)
    for name, content in contents.items():
        # There may be thousands of those by document, each of them easily made again.
        write_atomic(folder / name, content, durable=not name.startswith(f"{FOLDER}/"))
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
