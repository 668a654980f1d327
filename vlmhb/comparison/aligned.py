"""The samples that two sides have in common, by id."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from vlmhb.comparison.sides import Pairing, Side
from vlmhb.domain.answer import Outcome
from vlmhb.domain.run import LoadedTask, Request
from vlmhb.domain.sample import Sample
from vlmhb.domain.score import SampleScore
from vlmhb.errors import UsageError

NAMED_IDS = 5
INTERSECT = "add --intersect to compare what both have"


@dataclass(frozen=True, slots=True)
class OnTask:
    """A side on one task."""

    side: Side
    task: str

    @property
    def loaded(self) -> LoadedTask:
        """The task with its samples."""
        return self.side.run.tasks[self.task]

    @property
    def metrics(self) -> tuple[str, ...]:
        """Those that judge these answers, the first one first."""
        kind = self.side.run.evaluations[self.side.model, self.task].answers
        return self.loaded.task.metrics.get(kind, ())

    @property
    def request_ids(self) -> dict[str, str]:
        """By sample id, in the order of the task."""
        return dict(self.side.run.evaluations[self.side.model, self.task].requests)

    def request(self, request_id: str) -> Request:
        """What the model was asked."""
        return self.side.run.requests[self.side.model, request_id]

    def outcome(self, request_id: str) -> Outcome | None:
        """What came of it; None when it was not answered yet."""
        return self.side.run.outcomes.get(request_id)

    def scores(self, metric: str) -> Mapping[str, SampleScore]:
        """By sample id."""
        return self.side.run.scores.get((self.side.model, self.task, metric), {})


@dataclass(frozen=True, slots=True)
class Aligned:
    """Two sides on the same samples."""

    a: OnTask
    b: OnTask
    samples: tuple[tuple[Sample, Sample], ...]
    """Of A and B, equal in id; in the order of A."""
    only_a: int
    """Samples that B does not have."""
    only_b: int


def align(pairing: Pairing, tasks: Sequence[str], *, intersect: bool) -> tuple[Aligned, ...]:
    """The common samples of each common task, in the order of A; `tasks` of both unless empty.

    Where each side has one task and both are of one dataset, they may have different names.

    Raises:
        UsageError: a side has samples or tasks that the other lacks and `intersect` is false, or
            nothing is left.
    """
    found = []
    for task_a, task_b in _tasks(pairing, tasks, intersect=intersect):
        a, b = OnTask(pairing.a, task_a), OnTask(pairing.b, task_b)
        samples_a, samples_b = _samples(a), _samples(b)
        both = tuple((one, samples_b[name]) for name, one in samples_a.items() if name in samples_b)
        only_a = [name for name in samples_a if name not in samples_b]
        only_b = [name for name in samples_b if name not in samples_a]
        if (only_a or only_b) and not intersect:
            raise _refusal(a, b, f"{_told(only_a, 'A')}, {_told(only_b, 'B')}", INTERSECT)
        if not both:
            raise _refusal(a, b, "they have no sample id in common", "")
        found.append(Aligned(a, b, both, len(only_a), len(only_b)))
    return tuple(found)


def _tasks(pairing: Pairing, wanted: Sequence[str], *, intersect: bool) -> list[tuple[str, str]]:
    of_a, of_b = (
        [task for task in side.run.tasks_of(side.model) if not wanted or task in wanted]
        for side in (pairing.a, pairing.b)
    )
    both = [task for task in of_a if task in of_b]
    alone = [task for task in (*of_a, *of_b) if task not in both]
    missing = [task for task in wanted if task not in (*of_a, *of_b)]
    if not missing and _are_variants(pairing, of_a, of_b):
        return [(of_a[0], of_b[0])]
    if not both or missing or (alone and not intersect):
        raise UsageError(
            f"cannot compare {pairing.a.label} with {pairing.b.label}",
            f"A has the tasks {', '.join(of_a) or 'none'}; B has {', '.join(of_b) or 'none'}",
            expected=", ".join(missing) if missing else "the same tasks",
            next_step=f"{INTERSECT}, or name tasks of both with --tasks" if both else None,
        )
    return [(task, task) for task in both]


def _are_variants(pairing: Pairing, of_a: Sequence[str], of_b: Sequence[str]) -> bool:
    """Whether each side has one task, and both are of one dataset: another prompt, most likely."""
    if len(of_a) != 1 or len(of_b) != 1:
        return False
    one, other = pairing.a.run.tasks[of_a[0]].task, pairing.b.run.tasks[of_b[0]].task
    return one.dataset.name == other.dataset.name


def _told(names: Sequence[str], side: str) -> str:
    if not names:
        return f"none only in {side}"
    more = f" and {len(names) - NAMED_IDS} more" if len(names) > NAMED_IDS else ""
    return f"{len(names)} only in {side} ({', '.join(names[:NAMED_IDS])}{more})"


def _refusal(a: OnTask, b: OnTask, got: str, next_step: str) -> UsageError:
    return UsageError(
        f"cannot compare {a.side.label} with {b.side.label} on {b.task}",
        f"their samples differ: {got}" if next_step else got,
        expected="runs of the same samples",
        next_step=next_step or None,
    )


def _samples(side: OnTask) -> dict[str, Sample]:
    asked = side.request_ids
    return {sample.id: sample for sample in side.loaded.samples if sample.id in asked}
