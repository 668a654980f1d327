"""What a power cut may leave of a folder, told from the changes that were made in it.

A file has what was synced, and of what came after any part: nothing, a beginning, holes, zeros. A
folder has the names that were synced, and of later ones the first few. Folders do not wait for each
other, nor for files: a name may be there before what it names.
"""

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from vlmhb.system.durable import Change, Kind

SECTOR_BYTES = 128
"""Smaller than any disk's, so that lines of toy answers fall apart, too."""


@dataclass(eq=False)
class _File:
    synced: bytes = b""
    later: list[tuple[Kind, bytes | int]] = field(default_factory=list)

    @property
    def content(self) -> bytes:
        """As a process sees it."""
        return _applied(self.synced, self.later)


def _applied(content: bytes, changes: Sequence[tuple[Kind, bytes | int]]) -> bytes:
    for _, what in changes:
        content = content + what if isinstance(what, bytes) else content[:what]
    return content


@dataclass(eq=False)
class _Folder:
    synced: "dict[str, _File | _Folder]" = field(default_factory=dict)
    later: "list[tuple[str, _File | _Folder | None]]" = field(default_factory=list)
    """Name -> what it names from then on, or nothing; several for one rename are one change."""
    steps: list[int] = field(default_factory=list)
    """How long `later` was before each change."""

    @property
    def names(self) -> "dict[str, _File | _Folder]":
        """As a process sees them."""
        return _named(self.synced, self.later)

    def change(self, *entries: "tuple[str, _File | _Folder | None]") -> None:
        self.steps.append(len(self.later))
        self.later.extend(entries)


def _named(
    names: "dict[str, _File | _Folder]", later: "Sequence[tuple[str, _File | _Folder | None]]"
) -> "dict[str, _File | _Folder]":
    found = dict(names)
    for name, node in later:
        if node is None:
            found.pop(name, None)
        else:
            found[name] = node
    return found


@dataclass(frozen=True, slots=True)
class State:
    """What is found after a power cut: path below the root -> content, None for a folder."""

    found: tuple[tuple[str, bytes | None], ...]

    def write(self, root: Path) -> None:
        """Make it so, below an empty folder."""
        for name, content in self.found:
            if content is None:
                (root / name).mkdir()
            else:
                (root / name).write_bytes(content)


class Disk:
    """A folder to which changes are made, one after the other."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._top = _Folder()

    def make(self, change: Change) -> None:
        """Make the change; those outside of the folder are nothing to it."""
        if not change.path.is_relative_to(self._root):
            return
        if change.kind in {Kind.WRITE, Kind.TRUNCATE, Kind.SYNC}:
            self._change_content(change, self._file(change.path))
        elif change.kind is Kind.SYNC_FOLDER:
            folder = self._folder(change.path)
            folder.synced, folder.later, folder.steps = folder.names, [], []
        else:
            self._change_names(change, self._folder(change.path.parent))

    def _change_content(self, change: Change, file: _File) -> None:
        if change.kind is Kind.SYNC:
            file.synced, file.later = file.content, []
        else:
            what = change.content if change.kind is Kind.WRITE else change.size
            file.later.append((change.kind, what))

    def _change_names(self, change: Change, folder: _Folder) -> None:
        name = change.path.name
        if change.kind is Kind.REMOVE:
            folder.change((name, None))
        elif change.target is not None:
            assert change.target.parent == change.path.parent
            gone = [(name, None)] if change.kind is Kind.RENAME else []
            folder.change((change.target.name, folder.names[name]), *gone)
        elif name not in folder.names:
            folder.change((name, _Folder() if change.kind is Kind.MAKE_FOLDER else _File()))

    def content(self, path: Path) -> bytes:
        """Of a file, as a process sees it; empty for none."""
        try:
            return self._file(path).content
        except KeyError:
            return b""

    def states(self, chance: random.Random, most: int) -> Iterator[State]:
        """Up to `most` of what a power cut may leave now, the extremes among them."""
        seen: set[State] = set()
        picks = [_Pick(None, name) for name in ("none", "all", "zeros")]
        picks += [_Pick(chance, "any") for _ in range(4 * most)]
        for pick in picks:
            state = State(tuple(_walk(self._top, "", pick)))
            if state not in seen:
                seen.add(state)
                yield state
            if len(seen) == most:
                return

    def _folder(self, path: Path) -> _Folder:
        node: _File | _Folder = self._top
        for part in path.relative_to(self._root).parts:
            assert isinstance(node, _Folder)
            node = node.names[part]
        assert isinstance(node, _Folder)
        return node

    def _file(self, path: Path) -> _File:
        node = self._folder(path.parent).names[path.name]
        assert isinstance(node, _File)
        return node


@dataclass(frozen=True, slots=True)
class _Pick:
    """How a state is chosen among those that are possible."""

    chance: random.Random | None
    extreme: str

    def names(self, folder: _Folder) -> "dict[str, _File | _Folder]":
        ends = [*folder.steps, len(folder.later)]
        if self.chance is None:
            end = 0 if self.extreme == "none" else len(folder.later)
        else:
            end = self.chance.choice(ends)
        return _named(folder.synced, folder.later[:end])

    def content(self, file: _File) -> bytes:
        if not file.later or self.extreme == "none":
            return file.synced
        if self.extreme == "all":
            return file.content
        kept = len(file.later) if self.chance is None else self.chance.randint(0, len(file.later))
        before = _applied(file.synced, file.later[: kept - 1]) if kept else file.synced
        if not kept:
            return before
        what = file.later[kept - 1][1]
        if not isinstance(what, bytes):
            return before[:what]
        return before + self._part(what)

    def _part(self, written: bytes) -> bytes:
        if self.chance is None:
            return b"\0" * len(written)
        match self.chance.choice(("cut", "holes", "zeros at the end", "zeros at the start")):
            case "cut":
                return written[: self.chance.randint(0, len(written))]
            case "holes":
                sectors = _sectors(written)
                lost = [self.chance.random() < 0.5 for _ in sectors]
                parts = zip(sectors, lost, strict=True)
                return b"".join(b"\0" * len(one) if gone else one for one, gone in parts)
            case "zeros at the end":
                cut = self.chance.randint(0, len(written))
                return written[:cut] + b"\0" * (len(written) - cut)
            case _:
                cut = self.chance.randint(0, len(written))
                return b"\0" * cut + written[cut:]


def _sectors(content: bytes) -> list[bytes]:
    starts = range(0, len(content), SECTOR_BYTES)
    return [content[start : start + SECTOR_BYTES] for start in starts]


def _walk(folder: _Folder, path: str, pick: _Pick) -> Iterator[tuple[str, bytes | None]]:
    for name, node in sorted(pick.names(folder).items(), key=lambda item: item[0]):
        if isinstance(node, _Folder):
            yield path + name, None
            yield from _walk(node, f"{path}{name}/", pick)
        else:
            yield path + name, pick.content(node)


def without(changes: Iterable[Change], kind: Kind, name: str) -> list[Change]:
    """The changes as if one had forgotten those of a kind, on files whose name holds `name`."""
    return [one for one in changes if not (one.kind is kind and name in one.path.name)]
