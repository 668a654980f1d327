"""Metrics of another package: some that judge together or add up counts, and some that break."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from sys import path as search_path

import numpy as np
from numpy.typing import NDArray

from vlmhb.domain.sample import Sample
from vlmhb.domain.score import Direction, Score
from vlmhb.domain.task import AnswerKind

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Plain:
    name: str
    title: str = "Foreign"
    summary: str = "A metric of the tests."
    normalisation: str = "raw"
    direction: Direction = Direction.HIGHER
    kinds: frozenset[AnswerKind] = frozenset(AnswerKind)

    def score(self, text: str, sample: Sample) -> Score:
        return Score(float(text == sample.targets[0]), 1)

    def worst(self, sample: Sample) -> Score:
        return Score(0, 1)


@dataclass(frozen=True)
class Together(Plain):
    unit: str = "pair"
    of: Callable[[Sample], str] = lambda sample: sample.group
    make: Callable[[Sequence[Score]], Score] = lambda scores: Score(
        float(all(score.value == 1 for score in scores)), 1
    )

    def key(self, sample: Sample) -> str:
        return self.of(sample)

    def combine(self, scores: Sequence[Score]) -> Score:
        return self.make(scores)


@dataclass(frozen=True)
class Counted(Plain):
    of: Callable[[Array], Array] = lambda counts: counts[..., 0] * counts[..., 1]

    def figures(self, counts: Array) -> Array:
        return self.of(counts)


@dataclass(frozen=True)
class CountedTogether(Together):
    make: Callable[[Sequence[Score]], Score] = lambda scores: Score(
        0, 0, tuple(map(sum, zip(*(score.counts for score in scores), strict=True)))
    )

    def figures(self, counts: Array) -> Array:
        shares: Array = 1000 * counts[..., 0] / counts[..., 1]
        return shares


def rms(counts: Array) -> Array:
    """Root mean square: no ratio of two sums."""
    means: Array = np.sqrt(counts[..., 0] / counts[..., 1])
    return means


def fail(*_: object) -> object:
    raise LookupError("a bug")


def nothing_is_zero(counts: Array) -> Array:
    totals: Array = counts.sum(axis=-1)
    return totals


def only_few(counts: Array) -> Array:
    if counts.size > 10:
        raise MemoryError
    return rms(counts)


def shape_of_nothing(_: Array) -> Array:
    return np.zeros(7)


METRICS = {
    "pairs": Together("pairs"),
    "rms": Counted("rms", of=rms),
    "total": Counted("total", of=nothing_is_zero),
    "shy": Counted("shy", of=only_few),
    "per_mille": CountedTogether("per_mille"),
    "infinite": Counted("infinite", of=lambda counts: counts[..., 0] / 0.0),
    "broken_key": Together("broken_key", of=fail),  # type: ignore[arg-type]
    "broken_combine": Together("broken_combine", make=fail),  # type: ignore[arg-type]
    "nan_combine": Together("nan_combine", make=lambda _: Score(float("nan"), 1)),
    "broken_figures": Counted("broken_figures", of=fail),  # type: ignore[arg-type]
    "odd_figures": Counted("odd_figures", of=shape_of_nothing),
}
globals().update({name.upper(): metric for name, metric in METRICS.items()})


@contextmanager
def installed(folder: Path) -> Iterator[None]:
    """While it lasts, `METRICS` are in the catalog, as those of an installed package are."""
    metadata = folder / "foreign-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: foreign\nVersion: 1\n")
    lines = [f"{name} = {__name__}:{name.upper()}" for name in METRICS]
    (metadata / "entry_points.txt").write_text("\n".join(["[vlmhb.metrics]", *lines, ""]))
    search_path.append(str(folder))
    try:
        yield
    finally:
        search_path.remove(str(folder))
