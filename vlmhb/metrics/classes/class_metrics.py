"""Accuracy, precision, recall and F1 of answers that name a class, as scikit-learn defines them.

Source: scikit-learn's user guide, "Classification metrics"; a class without answers or samples
gets 0, `zero_division=0`. All answers that name no class make up one further class.
"""

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vlmhb.domain.sample import Sample
from vlmhb.domain.score import Direction, Score, Unscored
from vlmhb.domain.task import AnswerKind
from vlmhb.metrics.classes.named_class import named_class
from vlmhb.metrics.right import Right, Rightness

if TYPE_CHECKING:  # commands that only look metrics up need not wait for numpy
    import numpy as np
    from numpy.typing import NDArray

NAMED = "class named in the answer"


@dataclass(frozen=True, slots=True)
class ClassFigure:
    """A figure of the right answers, answers and samples of each class."""

    name: str
    title: str
    summary: str
    figure: "Callable[[NDArray[np.float64]], NDArray[np.float64]]"
    """Takes an array of shape (..., classes, 3): right answers, answers, samples."""
    normalisation: str = NAMED
    direction: Direction = Direction.HIGHER
    kinds: frozenset[AnswerKind] = frozenset({AnswerKind.REPLY})

    def score(self, text: str, sample: Sample) -> Score | Unscored:
        """1 or 0 of 1, and where it counts."""
        classes = classes_of(text, sample)
        if isinstance(classes, Unscored):
            return classes
        # Places differ between samples whose choices come in another order; names do not.
        names = sorted(name for name, _ in sample.choices)
        ranks = [*(names.index(name) for name, _ in sample.choices), len(names)]
        truth, answer = (ranks[place] for place in classes)
        counts = [0.0] * (3 * (len(names) + 1))
        counts[3 * truth] = float(truth == answer)
        counts[3 * answer + 1] = 1.0
        counts[3 * truth + 2] = 1.0
        mark = mark_of(names)
        return Score(float(truth == answer), 1, (*counts, mark, mark**2))

    def worst(self, sample: Sample) -> Score | Unscored:
        """An answer that names no class."""
        return self.score("", sample)

    def figures(self, counts: "NDArray[np.float64]") -> "NDArray[np.float64]":
        """Of shape (...); NaN where there is no sample.

        Raises:
            ValueError: samples with other classes than the rest were added up.
        """
        import numpy as np  # noqa: PLC0415

        by_class = counts[..., :-2].reshape(*counts.shape[:-1], -1, 3)
        samples = by_class[..., 2].sum(axis=-1)
        if np.any(counts[..., -1] * samples != counts[..., -2] ** 2):
            raise ValueError("samples have different classes to choose from")
        return np.where(samples == 0, np.nan, self.figure(by_class))


def mark_of(names: list[str]) -> float:
    """A whole number below 65,536 by which sets of classes are told apart, nearly always.

    Marks and their squares are added up: only of equal marks is the square of the sum the sum of
    the squares times their number. They are small so that these sums are exact.
    """
    return float(zlib.crc32("\0".join(names).encode("utf-8", "replace")) % 65_536)


def classes_of(text: str, sample: Sample) -> tuple[int, int] | Unscored:
    """The places of the true class and of the answer's; one past the last for none.

    Where several targets are right, the answer's own is the true one, or else the first.
    """
    if not sample.choices:
        return Unscored("the sample has no classes to choose from")
    truths = [named_class(target, sample.choices) for target in sample.targets]
    known = [truth for truth in truths if truth is not None]
    if not known:
        return Unscored("no target is one of the classes")
    answer = named_class(text, sample.choices)
    truth = answer if answer is not None and answer in known else known[0]
    return truth, len(sample.choices) if answer is None else answer


def names_true_class(text: str, sample: Sample) -> Rightness:
    """Whether the answer names the true class; one that names none, or two, does not."""
    classes = classes_of(text, sample)
    return classes if isinstance(classes, Unscored) else classes[0] == classes[1]


def ratio(
    numerators: "NDArray[np.float64]", denominators: "NDArray[np.float64]"
) -> "NDArray[np.float64]":
    """Quotients; 0 where there is nothing to divide by."""
    import numpy as np  # noqa: PLC0415

    return np.divide(
        numerators, denominators, out=np.zeros(numerators.shape), where=denominators != 0
    )


def precision(by_class: "NDArray[np.float64]") -> "NDArray[np.float64]":
    """Of each class, the share of its answers that are right."""
    return ratio(by_class[..., 0], by_class[..., 1])


def recall(by_class: "NDArray[np.float64]") -> "NDArray[np.float64]":
    """Of each class, the share of its samples that are answered right."""
    return ratio(by_class[..., 0], by_class[..., 2])


def f1_of_classes(by_class: "NDArray[np.float64]") -> "NDArray[np.float64]":
    """Of each class, the harmonic mean of precision and recall."""
    return ratio(2 * by_class[..., 0], by_class[..., 1] + by_class[..., 2])


def weighted(
    of_class: "Callable[[NDArray[np.float64]], NDArray[np.float64]]",
) -> "Callable[[NDArray[np.float64]], NDArray[np.float64]]":
    """The mean over the classes, each as often as it has samples."""

    def figure(by_class: "NDArray[np.float64]") -> "NDArray[np.float64]":
        samples = by_class[..., 2]
        return ratio((of_class(by_class) * samples).sum(axis=-1), samples.sum(axis=-1))

    return figure


def macro_f1(by_class: "NDArray[np.float64]") -> "NDArray[np.float64]":
    """The mean F1 over the classes that have samples or answers."""
    present = (by_class[..., 1] + by_class[..., 2]) > 0
    return ratio(
        (f1_of_classes(by_class) * present).sum(axis=-1), present.sum(axis=-1).astype(float)
    )


CLASS_ACCURACY = Right(
    "class_accuracy",
    "Accuracy",
    "Share of answers that name the true class; one that names none or two is wrong.",
    NAMED,
    names_true_class,
)
CLASS_F1_WEIGHTED = ClassFigure(
    "class_f1_weighted",
    "F1, weighted",
    "F1 of each class, mean weighted by samples; what VLMHyperBench calls f1.",
    weighted(f1_of_classes),
)
CLASS_F1_MACRO = ClassFigure(
    "class_f1_macro",
    "F1, macro",
    "F1 of each class, plain mean over the classes that have samples or answers.",
    macro_f1,
)
CLASS_PRECISION_WEIGHTED = ClassFigure(
    "class_precision_weighted",
    "Precision, weighted",
    "Precision of each class, mean weighted by samples.",
    weighted(precision),
)
CLASS_RECALL_WEIGHTED = ClassFigure(
    "class_recall_weighted",
    "Recall, weighted",
    "Recall of each class, mean weighted by samples; equal to the accuracy.",
    weighted(recall),
)
