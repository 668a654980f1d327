"""What was picked of each task's samples, for people and for programs."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from vlmhb.datasets.limit import kind_of
from vlmhb.domain.digest import Json
from vlmhb.domain.run import LeftOut, LoadedTask
from vlmhb.metrics.aggregation.unsaid import unsaid_keys

MAX_CLASSES = 12
MAX_FIELDS = 8
"""How many of each the text shows; JSON has all."""


@dataclass(frozen=True, slots=True)
class Picked:
    """One task's samples, counted."""

    task: str
    samples: int
    documents: int
    groups: int
    """Groups that stay whole; 0 when the dataset has none."""
    kinds: tuple[tuple[str, str, int], ...]
    """(class, field or category, samples), most first."""
    left_out: LeftOut

    @classmethod
    def of(cls, loaded: LoadedTask) -> "Picked":
        """What a run asks about."""
        samples = loaded.samples
        kinds = Counter((sample.doc_class, kind_of(sample)) for sample in samples)
        counted = sorted(kinds.items(), key=lambda item: (-item[1], item[0]))
        return cls(
            task=loaded.task.name,
            samples=len(samples),
            documents=len({sample.document for sample in samples}),
            groups=len({sample.group for sample in samples} - {""}),
            kinds=tuple((doc_class, kind, count) for (doc_class, kind), count in counted),
            left_out=loaded.left_out,
        )

    def as_json(self) -> dict[str, Json]:
        """For programs."""
        return {
            "task": self.task,
            "samples": self.samples,
            "documents": self.documents,
            "groups": self.groups,
            "left_out": {
                "tuned": self.left_out.tuned,
                "tuned_sets": list(self.left_out.tuned_sets),
                "filtered": self.left_out.filtered,
                "limited": self.left_out.limited,
                "imageless": self.left_out.imageless,
                "other_shards": self.left_out.other_shards,
            },
            "notes": list(self.left_out.notes),
            "kinds": [
                {"doc_class": doc_class, "kind": kind, "samples": count}
                for doc_class, kind, count in self.kinds
            ],
        }

    def as_lines(self) -> list[str]:
        """For people."""
        left_out = self.left_out
        total = self.samples + sum(
            (
                left_out.tuned,
                left_out.filtered,
                left_out.limited,
                left_out.imageless,
                left_out.other_shards,
            )
        )
        of = f"{self.samples} of {total} samples" if total > self.samples else _n(total, "sample")
        groups = f", {_n(self.groups, 'group')} kept whole" if self.groups else ""
        lines = [f"  {self.task}: {of}, {_n(self.documents, 'document')}{groups}"]
        if what := left_out_text(self.left_out):
            lines.append(f"    left out: {what}")
        lines += (f"    note: {note}" for note in self.left_out.notes)
        classes = Counter[str]()
        for doc_class, _, count in self.kinds:
            classes[doc_class] += count
        shown = sorted(classes.items(), key=lambda item: (-item[1], item[0]))
        lines += (self._class_line(name, count) for name, count in shown[:MAX_CLASSES])
        if len(shown) > MAX_CLASSES:
            lines.append(f"    and {_n(len(shown) - MAX_CLASSES, 'more class', 'es')}")
        return lines

    def _class_line(self, name: str, count: int) -> str:
        kinds = [(kind, n) for doc_class, kind, n in self.kinds if doc_class == name and kind]
        fields = [f"{kind} {n}" for kind, n in kinds[:MAX_FIELDS]]
        if len(kinds) > MAX_FIELDS:
            fields.append(f"and {len(kinds) - MAX_FIELDS} more")
        told = f": {', '.join(fields)}" if fields else ""
        return f"    {f'class {name}' if name else 'without a class'}, {_n(count, 'sample')}{told}"


def _n(count: int, noun: str, plural: str = "s") -> str:
    return f"{count} {noun}{'' if count == 1 else plural}"


def left_out_text(left_out: LeftOut) -> str:
    """How many samples are left out and why; empty when there are none."""
    parts = []
    if left_out.tuned:
        parts.append(f"{left_out.tuned} that {', '.join(left_out.tuned_sets)} was tuned on")
    if left_out.filtered:
        parts.append(f"{left_out.filtered} by the filters")
    if left_out.limited:
        parts.append(f"{left_out.limited} by the limit")
    if left_out.imageless:
        parts.append(f"{left_out.imageless} without an image")
    if left_out.other_shards:
        parts.append(f"{left_out.other_shards} in other shards")
    return ", ".join(parts)


def left_out_line(tasks: Sequence[LoadedTask]) -> str:
    """What a run leaves out, in one line; empty when it asks about everything."""
    told = [(loaded.task.name, left_out_text(loaded.left_out)) for loaded in tasks]
    return "; ".join(f"{name}: {text}" for name, text in told if text)


def notes_of(tasks: Sequence[LoadedTask]) -> list[str]:
    """What else there is to know of what was picked, each note with its task."""
    return [f"{loaded.task.name}: {note}" for loaded in tasks for note in loaded.left_out.notes]


def unsaid_notes(tasks: Sequence[LoadedTask]) -> list[str]:
    """Keys that a task groups by and that no sample has, each with its task."""
    return [
        f"{loaded.task.name}: {unsaid.where}: {unsaid.text}"
        for loaded in tasks
        for unsaid in unsaid_keys(loaded.task, loaded.samples)
    ]
