"""JSON and tables: what of them is compared, and what is no such thing."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeGuard

from rapidfuzz.distance import Levenshtein

from vlmhb.domain.digest import Json
from vlmhb.metrics.structured.json_answer import ValidJson, json_of, strict
from vlmhb.metrics.tables.reading import TABLE_TAG, table_element


@dataclass(frozen=True, slots=True)
class Leaves:
    """The values of a JSON answer beside those of its target."""

    is_whole: bool
    """The answer holds JSON that needs no mending."""
    missing: int = 0
    added: int = 0
    pairs: tuple[tuple[str, str], ...] = ()
    """(answer, target) of values that differ."""
    are_reordered: bool = False
    """The same values stand in other places."""


def leaves_of(answer: str, target: str) -> Leaves | None:
    """None where the target is no JSON object or array."""
    wanted = strict(target) if target.lstrip()[:1] in ("{", "[") else None
    if wanted is None:
        return None
    found = json_of(answer)
    if not isinstance(found, ValidJson):
        return Leaves(is_whole=False)
    beside = _Beside()
    beside.add(found.value, wanted)
    return beside.leaves()


@dataclass
class _Beside:
    """Two JSON values side by side: what of them stands beside what."""

    pairs: list[tuple[str, str]] = field(default_factory=list)
    missing: int = 0
    added: int = 0
    gone: list[str] = field(default_factory=list)
    """Values of items of the target's lists that stand beside nothing."""
    come: list[str] = field(default_factory=list)
    """The same of the answer's."""

    def add(self, said: Json, truth: Json) -> None:
        """The values of both; an answer nests no deeper than is read of one."""
        if isinstance(said, Mapping) and isinstance(truth, Mapping):
            self._add_objects(said, truth)
        elif _is_list(said) and _is_list(truth):
            self._add_lists(said, truth)
        elif (
            isinstance(said, Mapping)
            or isinstance(truth, Mapping)
            or _is_list(said)
            or _is_list(truth)
        ):
            self.missing += len(_flat(truth))
            self.added += len(_flat(said))
        elif _text(said) != _text(truth):
            self.pairs.append((_text(said), _text(truth)))

    def _add_objects(self, said: Mapping[str, Json], truth: Mapping[str, Json]) -> None:
        for key, value in truth.items():
            if key in said:
                self.add(said[key], value)
            else:
                self.missing += len(_flat(value))
        self.added += sum(len(_flat(value)) for key, value in said.items() if key not in truth)

    def _add_lists(self, said: Sequence[Json], truth: Sequence[Json]) -> None:
        """Items that are equal beside each other: one that is left out moves no other one."""
        one, other = ([tuple(sorted(_flat(item))) for item in items] for items in (truth, said))
        for step in Levenshtein.opcodes(one, other):
            wanted, found = (
                truth[step.src_start : step.src_end],
                said[step.dest_start : step.dest_end],
            )
            if step.tag == "replace":
                for here, there in zip(found, wanted, strict=True):
                    self.add(here, there)
            elif step.tag == "delete":
                self.gone += [text for item in wanted for _, text in _flat(item)]
            elif step.tag == "insert":
                self.come += [text for item in found for _, text in _flat(item)]

    def leaves(self) -> Leaves:
        """What was found."""
        said = Counter([*(one for one, _ in self.pairs), *self.come])
        truth = Counter([*(other for _, other in self.pairs), *self.gone])
        return Leaves(
            is_whole=True,
            missing=self.missing + len(self.gone),
            added=self.added + len(self.come),
            pairs=tuple(self.pairs),
            are_reordered=bool(said) and said == truth and not (self.missing or self.added),
        )


def _is_list(value: Json) -> TypeGuard[Sequence[Json]]:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _text(value: Json) -> str:
    return "" if value is None else str(value)


def _flat(value: Json) -> list[tuple[str, str]]:
    """(path, text) of each value in it, however deep; an empty list or object has none."""
    found, waiting = [], [("", value)]
    while waiting:
        path, one = waiting.pop()
        if isinstance(one, Mapping):
            waiting += [(f"{path}/{key}", item) for key, item in one.items()]
        elif _is_list(one):
            waiting += [(f"{path}/{place}", item) for place, item in enumerate(one)]
        else:
            found.append((path, _text(one)))
    return found


def is_table(target: str) -> bool:
    """Whether a target is a table in HTML."""
    return TABLE_TAG.search(target[:200]) is not None


def table_text(text: str) -> str | None:
    """The words of the first table, cells apart by a space; None without one."""
    element = table_element(text)
    return None if element is None else " ".join(element.itertext())
