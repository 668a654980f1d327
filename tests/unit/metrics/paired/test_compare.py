"""Differences of two sides by hand, for each kind of metric."""

from dataclasses import replace

import numpy as np
import pytest
from sacrebleu import corpus_bleu

from tests.build import sample, task, truth
from tests.unit.metrics.paired.sides import Result, deltas, headline
from vlmhb.domain.sample import Sample
from vlmhb.domain.score import Direction, Failed, Score, Unscored
from vlmhb.metrics.catalog import find
from vlmhb.metrics.paired.compare import Counts


def of_document(number: int, document: str, **changes: object) -> Sample:
    return replace(sample(number), document=document, **changes)  # type: ignore[arg-type]


def test_a_rate_is_the_difference_of_ratios_of_sums():
    a = [Score(1, 10), Score(0, 90)]
    b = [Score(1, 10), Score(9, 90)]

    found = headline("cer", a, b)

    assert (Direction.LOWER, 2) == (found.direction, found.ranked.n)
    assert (0.01, 0.1, 0.09) == pytest.approx((found.ranked.a, found.ranked.b, found.ranked.value))


def test_failures_count_as_wrong_in_one_figure_and_are_left_out_of_both_sides_of_the_other():
    a = [Score(0, 10), Score(5, 10), Score(0, 10), Score(1, 10)]
    b: list[Result] = [
        Score(0, 10),
        Failed("oom", Score(10, 10)),
        Unscored("no targets"),
        Score(2, 10),
    ]

    found = headline("cer", a, b)

    assert (3, 6 / 30, 12 / 30) == (found.ranked.n, found.ranked.a, found.ranked.b)
    assert (2, 1 / 20, 2 / 20) == (found.answered.n, found.answered.a, found.answered.b)
    assert (Counts(4, 0, 0), Counts(2, 1, 1)) == (found.counts_a, found.counts_b)


def test_a_corpus_metric_is_compared_by_its_figure_over_all_samples():
    texts = {
        "a": ["the cat sat on the mat today", "a dog ran over the hill"],
        "b": ["the cat sat on a mat now", "a dog ran over the hill quickly"],
    }
    targets = ["the cat sat on the mat today", "a dog ran over the hill quickly"]
    samples = [
        replace(truth(target), id=str(place), document=str(place))
        for place, target in enumerate(targets)
    ]
    bleu = find("bleu")
    a, b = (
        [bleu.score(text, one) for text, one in zip(texts[side], samples, strict=True)]
        for side in "ab"
    )

    found = headline("bleu", a, b, samples)

    theirs = [corpus_bleu(texts[side], [targets]).score / 100 for side in "ab"]
    assert pytest.approx(theirs) == [found.ranked.a, found.ranked.b]


def test_units_of_several_samples_are_compared_as_one():
    """A question with its rotations is right only when all of them are."""
    samples = [
        of_document(number, f"d{number // 2}", group=f"q{number // 2}", choices=(("A", "x"),))
        for number in range(6)
    ]
    a = [Score(1, 1)] * 6
    b = [Score(1, 1), Score(0, 1), *[Score(1, 1)] * 4]

    found = headline("mcq_circular", a, b, samples)

    assert 3 == found.ranked.n
    assert (1.0, 2 / 3) == pytest.approx((found.ranked.a, found.ranked.b))
    assert found.mcnemar is not None
    assert (1, 0) == (found.mcnemar.only_a, found.mcnemar.only_b)


def test_the_headline_is_the_mean_of_groups_where_the_task_has_one():
    samples = [
        of_document(n, f"d{n}", metadata={"kind": "few" if n == 0 else "many"}) for n in range(11)
    ]
    a = [Score(1, 1)] * 11
    b = [Score(0, 1), *[Score(1, 1)] * 10]

    found = headline("exact_match", a, b, samples, task(macro_by=(("kind",),)))

    assert "macro_by_kind" == found.grouping
    assert (1.0, 0.5) == (found.ranked.a, found.ranked.b)
    assert 1.0 == found.p  # one document differs: it has as often been the other way round


def test_groups_are_told_of_every_metric_without_a_test():
    samples = [of_document(n, f"d{n}", language="ru" if n % 2 else "ko") for n in range(12)]
    a, b = [Score(1, 1)] * 12, [Score(float(n % 2), 1) for n in range(12)]

    _, groups = deltas({"exact_match": (a, b)}, samples)

    languages = {one.group: one.ranked.value for one in groups if one.grouping == "by_language"}
    assert {("ko",): -1.0, ("ru",): 0.0} == languages
    assert {None} == {one.p for one in groups}


def test_swapping_the_sides_mirrors_the_interval_and_keeps_the_p():
    dice = np.random.default_rng(5)
    a = [Score(float(x), 50) for x in dice.poisson(4, 30)]
    b = [Score(float(x), 50) for x in dice.poisson(6, 30)]

    one, other = headline("cer", a, b), headline("cer", b, a)

    assert one.ranked.ci_low is not None
    assert other.ranked.ci_high is not None
    assert pytest.approx(-one.ranked.ci_low) == other.ranked.ci_high
    assert one.p == other.p


def test_two_equal_sides_do_not_differ():
    a = [Score(float(number), 50) for number in range(10)]

    found = headline("cer", a, list(a))

    assert (0.0, 0.0, 0.0, 1.0) == (
        found.ranked.value,
        found.ranked.ci_low,
        found.ranked.ci_high,
        found.p,
    )


def test_few_documents_are_swapped_in_all_ways():
    """Six documents that all got worse: of 64 ways, two are as extreme."""
    found = headline("exact_match", [Score(1, 1)] * 6, [Score(0, 1)] * 6)

    assert 2 / 64 == found.p


def test_samples_of_one_document_are_swapped_together():
    """Twelve changed samples of two documents say as little as two samples."""
    samples = [of_document(number, f"d{number % 2}") for number in range(12)]

    found = headline("exact_match", [Score(1, 1)] * 12, [Score(0, 1)] * 12, samples)

    assert 2 / 4 == found.p
    assert found.ranked.ci_low is None  # as everywhere below five documents


def test_a_side_without_a_figure_leaves_nothing_to_compare():
    found = headline("cer", [Unscored("x")] * 6, [Score(1, 10)] * 6)

    assert (0, None, None, None) == (
        found.ranked.n,
        found.ranked.value,
        found.ranked.ci_low,
        found.p,
    )


def test_groups_in_which_a_side_is_unscored_are_left_out_of_the_mean_of_both():
    samples = [of_document(n, f"d{n}", metadata={"kind": str(n % 2)}) for n in range(16)]
    a = [Score(1, 1) if n % 2 else Unscored("x") for n in range(16)]
    b = [Score(float(n > 8), 1) for n in range(16)]

    found = headline("exact_match", a, b, samples, task(macro_by=(("kind",),)))

    assert (8, 1.0, 0.5) == (found.ranked.n, found.ranked.a, found.ranked.b)
    assert found.p is not None


def test_units_that_other_groups_make_of_other_documents_are_swapped_with_those():
    """A question's rotation in another group is a unit there, of its own document."""
    samples = [
        of_document(n, f"d{n}", group=f"q{n // 2}", metadata={"kind": str(n % 2)})
        for n in range(12)
    ]
    a, b = [Score(1, 1)] * 12, [Score(float(n % 2 == 0), 1) for n in range(12)]

    found = headline("mcq_circular", a, b, samples, task(macro_by=(("kind",),)))

    assert (-0.5, 2 / 64) == (found.ranked.value, found.p)


def test_mcnemars_test_takes_failures_as_wrong_and_each_sample_once():
    samples = [of_document(n, f"d{n}", metadata={"tags": ["x", "y"]}) for n in range(6)]
    failed = Failed("oom", Score(0, 1))
    a: list[Result] = [Score(1, 1)] * 6
    b: list[Result] = [failed, *a[1:]]

    found = headline("exact_match", a, b, samples, task(repeat_by=("tags",)))

    assert 12 == found.ranked.n
    assert found.mcnemar is not None
    assert (1, 0) == (found.mcnemar.only_a, found.mcnemar.only_b)
