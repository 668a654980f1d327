"""What a strict reader would find wrong with a workbook: ECMA-376 as far as tables need it.

Spreadsheet programs mend or drop what they do not like, and openpyxl reads over most of it.
"""

import io
import math
import posixpath
import re
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from lxml import etree

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
XML_SPACE = "{http://www.w3.org/XML/1998/namespace}space"
ROWS, COLUMNS, CELL_UNITS, TITLE_CHARS = 1_048_576, 16_384, 32_767, 31
SHEET_ORDER = (
    *("sheetPr", "dimension", "sheetViews", "sheetFormatPr", "cols", "sheetData"),
    *("autoFilter", "pageMargins"),
)
"""What a sheet of plain cells may have, in the order of the schema."""
_REFERENCE = re.compile(r"([A-Z]{1,3})([1-9]\d*)")
_CODED = re.compile(r"_x([0-9A-Fa-f]{4})_")

Tree = Any


def faults_of(content: bytes) -> list[str]:
    """Empty for a workbook of plain tables that keeps to the format."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = archive.namelist()
        broken = archive.testzip()
        parts = {name: archive.read(name) for name in names}
    found = [f"{name} is there twice" for name, count in Counter(names).items() if count > 1]
    found += [f"{broken} is damaged"] if broken else []
    trees: dict[str, Tree] = {}
    for name, part in parts.items():
        try:
            trees[name] = etree.fromstring(
                part, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
            )
        except etree.XMLSyntaxError as error:
            found.append(f"{name} is no XML: {error}")
            continue
        if trees[name].getroottree().docinfo.doctype:
            found.append(f"{name} has a document type")
    return found or [*_types(trees), *_relations(trees)] or [*_workbook(trees)]


def _types(trees: Mapping[str, Tree]) -> Iterator[str]:
    types = trees["[Content_Types].xml"]
    ends = {one.get("Extension") for one in types.findall(f"{{{PACKAGE}/content-types}}Default")}
    names = [one.get("PartName") for one in types.findall(f"{{{PACKAGE}/content-types}}Override")]
    yield from (f"{name} has two types" for name, count in Counter(names).items() if count > 1)
    yield from (f"{name} has a type and is not there" for name in names if name[1:] not in trees)
    for name in trees:
        if f"/{name}" not in names and name.rpartition(".")[2] not in ends:
            yield f"{name} has no type"


def _relations(trees: Mapping[str, Tree]) -> Iterator[str]:
    for name, tree in trees.items():
        if name.endswith(".rels"):
            ids = [one.get("Id") for one in tree]
            yield from (f"{name}: {id_} twice" for id_, n in Counter(ids).items() if n > 1)
            for one in tree:
                if one.get("TargetMode") == "External":
                    yield f"{name} leads out of the file to {one.get('Target')}"
                elif _target(name, one.get("Target")) not in trees:
                    yield f"{name}: there is no {one.get('Target')}"


def _target(relations: str, target: str) -> str:
    folder = posixpath.dirname(posixpath.dirname(relations))
    return posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")


def _workbook(trees: Mapping[str, Tree]) -> Iterator[str]:
    book, styles = trees["xl/workbook.xml"], trees["xl/styles.xml"]
    shared = trees.get("xl/sharedStrings.xml")
    strings = [] if shared is None else ["".join(one.itertext()) for one in shared]
    places = {
        one.get("Id"): _target("xl/_rels/workbook.xml.rels", one.get("Target"))
        for one in trees["xl/_rels/workbook.xml.rels"]
    }
    sheets = book.findall(f"{{{MAIN}}}sheets/{{{MAIN}}}sheet")
    titles = [sheet.get("name") for sheet in sheets]
    if len({title.casefold() for title in titles}) < len(titles):
        yield "two sheets have one name"
    for title in titles:
        ends = title[:1] + title[-1:]
        if not 0 < len(title) <= TITLE_CHARS or set(title) & set("[]:*?/\\") or "'" in ends:
            yield f"a sheet cannot be called {title!r}"
    for name in book.iter(f"{{{MAIN}}}definedName"):
        if name.get("name") != "_xlnm._FilterDatabase" or int(name.get("localSheetId")) >= len(
            titles
        ):
            yield f"the name {name.get('name')} means something"
    n_styles = len(styles.find(f"{{{MAIN}}}cellXfs"))
    yield from _styles(styles)
    for text in strings:
        yield from _text(text, "shared strings")
    for sheet in sheets:
        tree = trees[places[sheet.get(f"{{{RELATIONS}}}id")]]
        yield from (f"{sheet.get('name')}: {fault}" for fault in _sheet(tree, n_styles, strings))


def _styles(styles: Tree) -> Iterator[str]:
    for group in styles:
        if group.get("count") is not None and int(group.get("count")) != len(group):
            yield f"{group.tag} says another number than it has"


def _sheet(tree: Tree, n_styles: int, strings: list[str]) -> Iterator[str]:
    kinds = [etree.QName(child).localname for child in tree]
    yield from (f"has <{kind}>" for kind in kinds if kind not in SHEET_ORDER)
    known = [SHEET_ORDER.index(kind) for kind in kinds if kind in SHEET_ORDER]
    if known != sorted(set(known)):
        yield "its parts are not in the order of the schema"
    before, last_column = 0, 0
    for row in tree.find(f"{{{MAIN}}}sheetData"):
        number = int(row.get("r"))
        if not before < number <= ROWS:
            yield f"row {number} comes after {before}"
        before = number
        yield from _row(row, number, n_styles, strings)
        last_column = max([last_column, *(_place(cell)[0] for cell in row)])
    for one in tree.findall(f"{{{MAIN}}}autoFilter"):
        (_, _), (letters, number) = _REFERENCE.findall(one.get("ref"))
        if int(number) > max(before, 2) or _column(letters) > last_column:
            yield f"filters {one.get('ref')}, beyond its cells"


def _row(row: Tree, number: int, n_styles: int, strings: list[str]) -> Iterator[str]:
    before = 0
    for cell in row:
        column, own = _place(cell)
        if own != number or not before < column <= COLUMNS:
            yield f"{cell.get('r')} is at no place of its own in row {number}"
        before = column
        if int(cell.get("s") or 0) >= n_styles:
            yield f"{cell.get('r')} has a style that is not there"
        yield from (f"{cell.get('r')} {fault}" for fault in _cell(cell, strings))


def _place(cell: Tree) -> tuple[int, int]:
    """Column and row, from 1; zeros where it says none."""
    found = _REFERENCE.fullmatch(cell.get("r"))
    return (_column(found[1]), int(found[2])) if found else (0, 0)


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = 26 * number + ord(letter) - ord("A") + 1
    return number


def _cell(cell: Tree, strings: list[str]) -> Iterator[str]:
    kinds = [etree.QName(child).localname for child in cell]
    match cell.get("t", "n"), kinds:
        case "n", ["v"]:
            if not math.isfinite(float(cell[0].text)):
                yield f"is the number {cell[0].text}"
        case "s", ["v"]:
            if not 0 <= int(cell[0].text) < len(strings):
                yield "is a text that is not there"
        case "inlineStr", ["is"]:
            (text,) = cell[0]
            value = text.text or ""
            yield from _text(value, "the cell")
            if value != value.strip() and text.get(XML_SPACE) != "preserve":
                yield "would lose its space"
        case kind, inner:
            yield f"is a {kind} of {inner}"


def _text(text: str, where: str) -> Iterator[str]:
    if len(text.encode("utf-16-le")) // 2 > CELL_UNITS:
        yield f"{where} has more text than a cell holds"
    for code in _CODED.findall(text):
        # `_x005F_` is an underscore that begins no such code.
        if code.upper() != "005F":
            yield f"{where} means the character {code}"
