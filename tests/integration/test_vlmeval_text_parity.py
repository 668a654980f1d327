"""Our scores of short replies are those of VLMEvalKit's own evaluators."""

from collections.abc import Sequence
from random import Random
from typing import Any

import pytest

from tests.build import truth
from tests.oracles.vlmeval import VlmEvalKit
from vlmhb.domain.score import Score
from vlmhb.metrics.catalog import load
from vlmhb.metrics.vlmeval.vqa_text import CONTRACTIONS, VQA

pytestmark = pytest.mark.uv

PIECES = (
    *("cat", "the", "A", "an", "Two", "none", "zero", "ten", "Eleven", "dont", "couldnt've", "Im"),
    *("кот", "Счёт", "합계", "Straße", "İ", "ß", "x y", "a.m.", "1,000", "1.5", "3,14", "٣"),
    *".,;:!?()[]{}*#-_/\"'`@<>=+\\",
    *(" ", "  ", "\n", "\t", "\u00a0", "\u2028", "\0", "\ud800", "\u202e", "e\u0301"),
    *("0", "5", "5%", "%", "0.05", "105", "95", "1e3", "1_000", "inf", "nan", "-100", "1e400"),
)
SHORT = ("а", "б", "в", "А", " ", "  ", "ß", "İ")


def random_text(random: Random, pieces: Sequence[str] = PIECES) -> str:
    """Up to six pieces, mostly with spaces between them."""
    joint = random.choice(("", " ", " "))
    return joint.join(random.choices(pieces, k=random.randint(0, 6)))


def slip(text: str, random: Random) -> str:
    """`text` with some of its characters lost or changed."""
    return "".join(
        character if random.random() < 0.7 else random.choice(("", "x", character.upper()))
        for character in text
    )


def values(name: str, cases: Sequence[tuple[Sequence[str], str]]) -> list[float]:
    """Ours, for each pair of targets and answer."""
    metric: Any = load(name)
    scores = [metric.score(answer, truth(*targets)) for targets, answer in cases]
    assert all(isinstance(score, Score) for score in scores)
    return [score.value for score in scores]


def expected(
    oracle: VlmEvalKit, method: str, dataset: str, cases: Sequence[tuple[Sequence[str], str]]
) -> list[float]:
    """Theirs; the targets are a Python list in text, as in the TSV files."""
    questions = [
        {
            "method": method,
            "dataset": dataset,
            "answer": repr(list(targets)),
            "prediction": answer,
        }
        for targets, answer in cases
    ]
    return oracle.results("vqa", questions)


def agree(theirs: list[float], ours: list[float], cases: Sequence[object]) -> None:
    """Both are equal up to the order in which floats are added."""
    differing = [
        (case, their, our)
        for case, their, our in zip(cases, theirs, ours, strict=True)
        if abs(their - our) > 1e-12
    ]
    assert [] == differing


def test_answers_are_normalised_alike(vlmevalkit: VlmEvalKit):
    random = Random(1)
    texts = [random_text(random) for _ in range(3000)]
    texts += [*CONTRACTIONS, *CONTRACTIONS.values(), "." * 40, "a. b. " * 20, "1,0 (a) [b]-c"]

    assert vlmevalkit.results("process_answer", texts) == [VQA(text) for text in texts]


@pytest.mark.parametrize("dataset", ["TextVQA_VAL", "VizWiz"])
def test_vqa_accuracy(vlmevalkit: VlmEvalKit, dataset: str):
    random = Random(2)
    words = ("cat", "The cat", "dog", "2", "two", "", "yes/no")
    cases = [
        (random.choices(words, k=random.choice((1, 3, 10))), random.choice(words))
        for _ in range(400)
    ]
    cases += [([random_text(random) for _ in range(10)], random_text(random)) for _ in range(100)]

    theirs = expected(vlmevalkit, "vqa_score", dataset, cases)
    agree(theirs, values("vqa_accuracy", cases), cases)
    assert {0.0, 1.0} < set(theirs)


def test_anls(vlmevalkit: VlmEvalKit):
    """Short texts of few letters, so that exactly one half comes up often."""
    random = Random(3)
    cases = []
    for _ in range(1500):
        pieces = random.choice((PIECES, SHORT, SHORT))
        targets = [random_text(random, pieces) for _ in range(random.randint(1, 3))]
        own = slip(random.choice(targets), random)
        cases.append((targets, random.choice((own, own, random_text(random, pieces)))))

    theirs = expected(vlmevalkit, "anls", "DocVQA_VAL", cases)
    agree(theirs, values("anls", cases), cases)
    assert {0.0, 0.5, 1.0} < set(theirs)


def test_relaxed_accuracy(vlmevalkit: VlmEvalKit):
    random = Random(4)
    numbers = ("0", "0.0", "5", "5%", "5.2%", " 5%", "5% ", "5%%", "0.05", "100", "105", "105.1")
    odd = ("95", "-95", "inf", "-inf", "nan", "1e400", "1_000", "1,000", "1000", "٣", "3", "%", "")
    cases = [([target], answer) for target in (*numbers, *odd) for answer in (*numbers, *odd)]
    for _ in range(500):
        targets = [random_text(random) for _ in range(random.randint(1, 3))]
        cases.append((targets, random.choice((random_text(random), f" {targets[0].upper()}\n"))))

    theirs = expected(vlmevalkit, "relaxed_accuracy", "ChartQA_TEST", cases)
    agree(theirs, values("relaxed_accuracy", cases), cases)
    assert {0.0, 1.0} == set(theirs)


def test_accuracy(vlmevalkit: VlmEvalKit):
    random = Random(5)
    cases = []
    for _ in range(500):
        target = random_text(random)
        near = f"\n{target.swapcase()}\u2028"
        cases.append(([target], random.choice((target, near, slip(target, random)))))

    theirs = expected(vlmevalkit, "accuracy", "GQA_TestDev_Balanced", cases)
    agree(theirs, values("accuracy", cases), cases)
    assert {0.0, 1.0} == set(theirs)


def test_contained_targets_and_their_categories(vlmevalkit: VlmEvalKit):
    """Each case is a category of its own, so that the evaluation tells its score."""
    random = Random(6)
    cases = []
    for _ in range(300):
        target = random_text(random)
        around = f"{random_text(random)}{target.upper()}{random_text(random)}"
        cases.append(([target], random.choice((around, slip(target, random)))))
    rows = [
        {"answer": targets[0], "prediction": answer, "category": str(place), "split": "test"}
        for place, (targets, answer) in enumerate(cases)
    ]

    table = vlmevalkit.evaluate("MTVQA_TEST", rows)["table"]
    theirs = [table[str(place)] / 100 for place in range(len(cases))]
    agree(theirs, values("contains", cases), cases)
    assert {0.0, 1.0} == set(theirs)
