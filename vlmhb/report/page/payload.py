"""What the sample browser of report.html works on: an index, and texts in blocks."""

import base64
import gzip
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from json import JSONEncoder

from vlmhb.domain.results import Results
from vlmhb.report.entries import UNAVAILABLE, Entry
from vlmhb.report.page.payload_index import index_of
from vlmhb.report.page.payload_texts import Texts

PICTURES = "report_files"
"""The folder beside report.html that holds the pictures of pages."""

_ENCODER = JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)


@dataclass(frozen=True, slots=True)
class Payload:
    """Base64 of gzip of JSON, free of characters that mean anything in HTML."""

    index: str
    """What the browser filters and sorts by: columns of numbers, each text once."""
    texts: tuple[str, ...]
    """Questions, targets, prompts, answers and differences, unpacked when they are looked at."""


def payload_of(results: Results, entries: Sequence[Entry]) -> Payload:
    """Everything about `entries` that the sample browser shows."""
    kept = [entry for entry in entries if entry.status != UNAVAILABLE]
    texts = Texts(results, kept)
    # zlib lets other threads run: blocks are packed while the next ones are made.
    with ThreadPoolExecutor() as pool:
        blocks = tuple(pool.map(packed, texts.blocks()))
    index = {"pictures": f"{PICTURES}/", **index_of(results, kept, texts.places)}
    return Payload(packed(_ENCODER.encode(index)), blocks)


def packed(text: str) -> str:
    """Base64 of gzip; the same text gives the same."""
    # Level 9 makes the whole page take three times as long, for 6 % less.
    content = gzip.compress(text.encode("utf-8"), compresslevel=6, mtime=0)
    return base64.b64encode(content).decode("ascii")
