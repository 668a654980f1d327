"""What a metric is."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from vlmhb.domain.sample import Sample
from vlmhb.domain.score import Direction, Score, Unscored
from vlmhb.domain.task import AnswerKind

if TYPE_CHECKING:  # commands that only look metrics up need not wait for numpy
    import numpy as np
    from numpy.typing import NDArray


@runtime_checkable
class Metric(Protocol):
    """Judges one answer against the targets of its sample."""

    @property
    def name(self) -> str:
        """The name in the catalog, e.g. `cer_ci`."""

    @property
    def title(self) -> str:
        """A column heading, e.g. `CER, any case`."""

    @property
    def summary(self) -> str:
        """What it measures, in a sentence or two for the list of metrics and the report."""

    @property
    def normalisation(self) -> str:
        """Name of the rule set that answer and target go through before they are compared."""

    @property
    def direction(self) -> Direction:
        """Which way is better."""

    @property
    def kinds(self) -> frozenset[AnswerKind]:
        """The kinds of answer it can judge."""

    def score(self, text: str, sample: Sample) -> Score | Unscored:
        """How the answer `text` did; the target that suits it best counts.

        For a sample with the targets `кот` and `дом`, `CER.score("кит", sample)` is `Score(1, 3)`.
        """

    def worst(self, sample: Sample) -> Score | Unscored:
        """What a sample without an answer gets where failures count as wrong.

        For a sample with the target `кот`, `CER.worst(sample)` is `Score(3, 3)`.
        """


@runtime_checkable
class GroupMetric(Metric, Protocol):
    """A metric that judges several samples as one, such as all rotations of a question."""

    @property
    def unit(self) -> str:
        """What it judges as one, for the results: `question with its rotations`."""

    def key(self, sample: Sample) -> str:
        """Samples of a task with equal keys are judged as one."""

    def combine(self, scores: Sequence[Score]) -> Score:
        """The score of what the samples with these scores make up; at least one."""


@runtime_checkable
class CorpusMetric(Metric, Protocol):
    """A metric whose figure for a group is no ratio of sums, such as BLEU.

    Its scores hold `counts`, which are added up over the group.
    """

    def figures(self, counts: "NDArray[np.float64]") -> "NDArray[np.float64]":
        """The figures that sums of counts come to; NaN where there is none.

        Takes an array of shape (..., number of counts), gives one of shape (...).
        """
