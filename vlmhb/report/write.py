"""All documents of a run, into one folder."""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vlmhb.domain.decision import last_decisions
from vlmhb.domain.results import Results
from vlmhb.report.charts.page_charts import Drawing
from vlmhb.report.entries import Entry, entries_of
from vlmhb.report.figures.leaderboard import Leaderboard, leaderboard
from vlmhb.report.figures.pivot import pivot_of
from vlmhb.report.page.embedded import NO_PICTURES, embedded_pictures
from vlmhb.report.page.page_pictures import place_pictures
from vlmhb.report.page.payload import PICTURES
from vlmhb.report.page.to_html import report_html
from vlmhb.report.tables.to_csv import answers_csv, metrics_csv, pivot_csv, scores_csv
from vlmhb.report.tables.to_documents import FOLDER, document_files
from vlmhb.report.tables.to_json import SCHEMA_VERSION, results_json
from vlmhb.report.tables.to_markdown import results_md
from vlmhb.report.tables.to_xlsx import results_xlsx
from vlmhb.store import way_out
from vlmhb.system.chart_drawer import ChartDrawer
from vlmhb.system.durable import make_folder
from vlmhb.system.file_lock import wait_for_lock
from vlmhb.system.files import (
    remove_partial,
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
    return _tables(results, entries_of(results), leaderboard(results))


def _tables(results: Results, entries: tuple[Entry, ...], board: Leaderboard) -> dict[str, bytes]:
    return {
        "answers.csv": answers_csv(entries),
        "scores.csv": scores_csv(entries),
        "metrics.csv": metrics_csv(results),
        "pivot.csv": pivot_csv(pivot_of(results, board)),
        "results.json": results_json(results, entries, board),
    }


def documents_of(
    results: Results,
    *,
    per_document_json: bool = False,
    embed_images: bool = False,
    drawer: ChartDrawer | None = None,
) -> dict[str, bytes]:
    """File name -> content. The same results give the same bytes on every machine.

    Charts are drawn while all else is made. A `drawer` may have been started before.

    Raises:
        StorageError: a picture that is to be embedded is gone.
    """
    pictures = embedded_pictures(results) if embed_images else NO_PICTURES
    entries = entries_of(results)
    board = leaderboard(results)
    with drawer or ChartDrawer() as at_work:
        drawing = Drawing(results, board, at_work)
        decided = last_decisions(results.decisions)
        return {
            **_tables(results, entries, board),
            "results.md": results_md(results, entries, board),
            "results.xlsx": results_xlsx(results, entries, board),
            **(document_files(entries, decided) if per_document_json else {}),
            "report.html": report_html(results, entries, board, drawing.charts(), pictures),
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
            embeds = _embeds_images(folder)
            _write({MANIFEST: _manifest(kept | digests, embeds_images=embeds)}, folder)
        return Rewritten(written, removed)


def write_report(
    results: Results,
    folder: Path,
    *,
    per_document_json: bool = False,
    embed_images: bool | None = None,
    drawer: ChartDrawer | None = None,
) -> tuple[Path, ...]:
    """The documents written, the manifest last; files that are not ours stay.

    A manifest that does not match its files marks them as stale, so a write that was interrupted
    is always noticed. `per_document_json` adds a file for each model and document; where such files
    were written before, they are always written again. `embed_images` puts the pictures of pages
    into report.html, too; None leaves that as it was. A `drawer` may have been started before.

    Raises:
        StorageError: the file system refused, or a picture of a page is gone.
    """
    with _only_writer(folder):
        embeds = _embeds_images(folder) if embed_images is None else embed_images
        digests = _place_pictures(results, folder / PICTURES)
        by_document = per_document_json or _has_document_files(folder)
        contents = documents_of(
            results, per_document_json=by_document, embed_images=embeds, drawer=drawer
        )
        for name, content in contents.items():
            digests[name] = _sha256(content)
        contents[MANIFEST] = _manifest(digests, embeds_images=embeds)
        return _write(contents, folder)


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _manifest(digests: Mapping[str, str], *, embeds_images: bool) -> bytes:
    manifest = {
        "schema_version": SCHEMA_VERSION,
        **({"embeds_images": True} if embeds_images else {}),
        "sha256": dict(sorted(digests.items())),
    }
    return json.dumps(manifest, indent=1).encode("ascii") + b"\n"


def _known(folder: Path) -> dict[str, Any]:
    """The manifest; empty where there is none that can be read."""
    try:
        known = json.loads((folder / MANIFEST).read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return known if isinstance(known, dict) else {}


def _known_digests(folder: Path) -> dict[str, str]:
    digests = _known(folder).get("sha256")
    return dict(digests) if isinstance(digests, dict) else {}


def _embeds_images(folder: Path) -> bool:
    """Whether the report.html written last brings its pictures along."""
    return _known(folder).get("embeds_images") is True


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
            doing, instead = f"cannot remove {path}", way_out(folder.parent)
            raise storage_error(doing, error, instead=instead) from error
    return shown


@contextmanager
def _only_writer(folder: Path) -> Iterator[None]:
    """Wait for others who write here, then clear away what crashed ones left."""
    try:
        make_folder(folder / PICTURES)
        fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        instead = way_out(folder.parent)
        raise storage_error(f"cannot make {folder}", error, instead=instead) from error
    try:
        wait_for_lock(fd)
        remove_partial(folder)
        remove_partial(folder / PICTURES)
        yield
    finally:
        os.close(fd)


def _write(contents: Mapping[str, bytes], folder: Path) -> tuple[Path, ...]:
    instead = way_out(folder.parent)
    for inner in sorted({(folder / name).parent for name in contents}):
        try:
            make_folder(inner)
        except OSError as error:
            raise storage_error(f"cannot make {inner}", error, instead=instead) from error
        remove_partial(inner)
    for name, content in contents.items():
        # There may be thousands of those by document, each of them easily made again.
        durable = not name.startswith(f"{FOLDER}/")
        write_atomic(folder / name, content, durable=durable, instead=instead)
    return tuple(folder / name for name in contents)


def _place_pictures(results: Results, folder: Path) -> dict[str, str]:
    """Name below `derived/` -> sha256 of the picture, for each page that has one."""
    placed = place_pictures(results.thumbnails, folder)
    return {f"{PICTURES}/{name}": digest for name, digest in placed.items()}
