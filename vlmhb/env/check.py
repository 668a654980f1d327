"""The check of a fresh env: is every file what its package says?

It has two halves, so that most of it happens while the env's imports are tried: `read_ahead` reads
what packages list, `check` looks at everything once the imports have left what they leave.
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from vlmhb.env.caller import Caller
from vlmhb.env.digests import Digest, read_files
from vlmhb.env.receipts import Receipt, Receipts
from vlmhb.env.records import Problem, Record, dist_infos, parse_record, problems, read_record
from vlmhb.env.tree import Tree, scan


@dataclass(frozen=True, slots=True)
class Ahead:
    """What was found out about a venv before its imports were tried."""

    receipts: Mapping[str, Receipt]
    """Of the packages that have one, by its name."""
    records: Mapping[str, Record]
    """Of all others, by the name that their receipt will have."""
    digests: Mapping[str, Digest]
    """Of their files."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What the files of a venv are."""

    tree: Tree
    sha256: Mapping[str, str]
    """Of every file."""
    problems: tuple[Problem, ...]


def read_ahead(venv: Path, receipts: Receipts, cancelled: threading.Event) -> Ahead:
    """Read the files of the packages that have no receipt, until `cancelled` is set."""
    known: dict[str, Receipt] = {}
    records: dict[str, Record] = {}
    for info in dist_infos(venv):
        name, content = read_record(venv, info)
        if receipt := receipts.get(name):
            known[name] = receipt
        else:
            records[name] = parse_record(content, venv, info)
    listed = (path for record in records.values() for path in record.paths)
    return Ahead(known, records, read_files(venv, listed, cancelled))


def check(venv: Path, ahead: Ahead, receipts: Receipts, caller: Caller) -> Checked:
    """Hold every file against the packages' own lists, and keep receipts of what was read.

    Raises:
        EnvError: the caller stopped wanting the env.
    """
    tree = scan(venv)
    sha256: dict[str, str] = {}
    for receipt in ahead.receipts.values():
        sha256.update(receipt.known(tree))
    digests = {
        path: digest
        for path, digest in ahead.digests.items()
        if path in tree.files and digest.is_of(tree.files[path])
    }
    unread = [path for path in tree.files if path not in sha256 and path not in digests]
    digests.update(read_files(venv, unread, caller.cancelled))
    caller.check()
    sha256.update((path, digest.sha256) for path, digest in digests.items())
    known = {name: receipt.record for name, receipt in ahead.receipts.items()}
    records = {**known, **ahead.records}
    shared = {path for path in digests if tree.files[path].st_nlink > 1}
    for name, record in records.items():
        if name in ahead.records or not shared.isdisjoint(record.paths):
            receipts.put(name, Receipt.of(record, tree, sha256))
    return Checked(tree, sha256, problems(tree, records.values(), sha256))
