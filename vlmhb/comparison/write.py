"""The documents of a comparison, into one folder."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from vlmhb.comparison.compare import Comparison
from vlmhb.comparison.gate import Breach
from vlmhb.comparison.pictures import FOLDER
from vlmhb.comparison.sides import Pairing
from vlmhb.comparison.to_html import comparison_html
from vlmhb.comparison.to_json import comparison_json
from vlmhb.comparison.to_markdown import comparison_md
from vlmhb.domain.digest import Json, sha256_of
from vlmhb.report.page.embedded import NO_PICTURES, embedded_files
from vlmhb.report.page.page_pictures import place_pictures, remove_other_pictures
from vlmhb.store import RunDir
from vlmhb.system.files import OTHER_OUT, storage_error, write_atomic

NAME_CHARS = 80


def documents_of(
    found: Comparison, broken: Sequence[Breach], embedded: Mapping[str, str] = NO_PICTURES
) -> dict[str, bytes]:
    """File name -> content. The same runs give the same bytes.

    `embedded` are pictures of pages that comparison.html brings along, as its maker takes them.
    """
    return {
        "comparison.json": comparison_json(found, broken),
        "comparison.md": comparison_md(found, broken),
        "comparison.html": comparison_html(found, broken, embedded),
    }


def usual_folder(pairings: Sequence[Pairing], *settings: Json) -> Path:
    """Where nobody named one: in `derived/` of the first B, called after A.

    Another choice of models, tasks or samples has another name, and the same one the same.
    """
    first = pairings[0]
    sides = [
        [side.run.folder.resolve().name, side.model] for one in pairings for side in (one.a, one.b)
    ]
    digest = sha256_of([sides, *settings])[:6]
    name = re.sub(r"[^\w.-]", "_", first.a.run.folder.resolve().name)[:NAME_CHARS]
    return RunDir(first.b.run.folder).derived / f"compare-with-{name}-{digest}"


def write_comparison(
    found: Comparison, broken: Sequence[Breach], folder: Path, *, embed_images: bool = False
) -> tuple[Path, ...]:
    """The documents written, in the place of earlier ones.

    The pictures that comparison.html shows lie beside it, or within it if `embed_images`.

    Raises:
        StorageError: the file system refused, or a picture of a page is gone.
    """
    embedded = embedded_files(found.pictures) if embed_images else NO_PICTURES
    contents = documents_of(found, broken, embedded)
    pictures = {page: path for page, path in found.pictures.items() if page not in embedded}
    try:
        (folder / FOLDER if pictures else folder).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise storage_error(f"cannot make {folder}", error, instead=OTHER_OUT) from error
    placed = place_pictures(pictures, folder / FOLDER)
    for name, content in contents.items():
        write_atomic(folder / name, content, instead=OTHER_OUT)
    # Not before: until then, the page of an earlier comparison shows them.
    remove_other_pictures(folder / FOLDER, placed)
    return tuple(folder / name for name in contents)
