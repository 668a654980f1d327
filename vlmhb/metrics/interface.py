"""What a metric is."""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from vlmhb.domain.score import Direction, Score, Unscored
from vlmhb.domain.task import AnswerKind


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

    def score(self, text: str, targets: Sequence[str]) -> Score | Unscored:
        """How the answer `text` did; the target that suits it best counts.

        `CER.score("кит", ("кот", "дом"))` is `Score(1, 3)`.
        """

    def worst(self, targets: Sequence[str]) -> Score | Unscored:
        """What a sample without an answer gets where failures count as wrong.

        `CER.worst(("кот",))` is `Score(3, 3)`.
        """
