"""Metrics that judge samples together or add up counts, and those of others that break."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import sqrt
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.build import loaded, sample
from tests.unit.metrics.foreign import installed
from vlmhb.domain.run import LoadedTask
from vlmhb.domain.score import Failed, MetricSummary, SampleScore, Score, Unscored
from vlmhb.metrics.aggregation.aggregate import summarise

Result = Score | Unscored | Failed

RIGHT, WRONG = Score(1.0, 1.0), Score(0.0, 1.0)
FAILED = Failed("oom", WRONG)
UNSCORED = Unscored("not answered yet")


@pytest.fixture(scope="module", autouse=True)
def _foreign_metrics(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with installed(tmp_path_factory.mktemp("site")):
        yield


def task_of(groups: Sequence[str], **changes: Any) -> LoadedTask:
    samples = (
        replace(sample(number), group=group, document=f"doc {group}", question_type=group[:1])
        for number, group in enumerate(groups)
    )
    return loaded(tuple(samples), **changes)


def summaries(
    metric: str, results: Sequence[Result], groups: Sequence[str], **changes: Any
) -> tuple[MetricSummary, ...]:
    task = task_of(groups, **changes)
    cells = [
        SampleScore("m", task.task.name, each.id, metric, result)
        for each, result in zip(task.samples, results, strict=True)
    ]
    return summarise(cells, (task,), 0)


def general(metric: str, results: Sequence[Result], groups: Sequence[str]) -> MetricSummary:
    return summaries(metric, results, groups)[0]


def counted(*counts: float) -> Score:
    return Score(0, 0, tuple(map(float, counts)))


def test_samples_with_one_key_are_judged_as_one():
    summary = general("pairs", [RIGHT, RIGHT, RIGHT, WRONG, RIGHT], "aabbc")

    assert (2 / 3, "pair", 3, 3) == (
        summary.value,
        summary.unit,
        summary.n_scored,
        summary.n_documents,
    )


def test_samples_of_other_metrics_are_their_own_unit():
    assert "sample" == general("rms", [counted(4, 1)], "a").unit


@pytest.mark.parametrize(
    ("members", "counts", "value", "failed_as_wrong"),
    [
        ([RIGHT, RIGHT], (1, 0, 0), 1.0, 1.0),
        ([RIGHT, FAILED], (0, 1, 0), None, 0.0),
        ([FAILED, FAILED], (0, 1, 0), None, 0.0),
        ([RIGHT, UNSCORED], (0, 0, 1), None, None),
        ([UNSCORED, FAILED], (0, 1, 0), None, 0.0),
        ([Failed("oom", RIGHT), RIGHT], (0, 1, 0), None, 1.0),
    ],
)
def test_one_member_decides_what_becomes_of_all(members, counts, value, failed_as_wrong):
    summary = general("pairs", members, "aa")

    assert counts == (summary.n_scored, summary.n_failed, summary.n_unscored)
    assert (value, failed_as_wrong) == (summary.value, summary.value_failed_as_wrong)
    assert summary.problem == ""


def test_each_group_joins_the_samples_it_has():
    """Here question_type is the key's first letter, and one pair has members in both."""
    lines = summaries(
        "pairs",
        [RIGHT, RIGHT, RIGHT, WRONG],
        ["a1", "a1", "b1", "b1"],
        group_by=(("question_type",),),
    )

    own = {line.group: line.value for line in lines if line.grouping == "by_question_type"}
    assert {("a",): 1.0, ("b",): 0.0} == own


MEMBERS = st.lists(
    st.tuples(st.sampled_from("abcd"), st.sampled_from([RIGHT, WRONG, FAILED, UNSCORED])),
    min_size=1,
    max_size=12,
)


@settings(max_examples=40)
@given(MEMBERS)
def test_joining_by_hand_gives_the_same_summary(rows):
    """With units made beforehand, a metric of single samples agrees in everything."""
    by_hand: dict[str, Result] = {}
    for name in sorted({name for name, _ in rows}):
        results = [result for group, result in rows if group == name]
        if FAILED in results:
            by_hand[name] = FAILED
        elif UNSCORED in results:
            by_hand[name] = UNSCORED
        else:
            by_hand[name] = RIGHT if all(result == RIGHT for result in results) else WRONG

    together = general("pairs", [row[1] for row in rows], [row[0] for row in rows])
    single = general("exact_match", list(by_hand.values()), list(by_hand))

    assert replace(single, metric="pairs", unit="pair") == together


def test_counts_are_added_up_before_they_become_a_figure():
    summary = general("rms", [counted(9, 1), counted(16, 1), *[counted(0, 0)] * 3], "abcde")

    assert sqrt(25 / 2) == pytest.approx(summary.value)
    assert summary.macro is None
    assert summary.ci_low is not None


def test_a_corpus_figure_lies_in_its_interval():
    scores = [counted(n * n % 17, 1) for n in range(40)]

    summary = general("rms", scores, [str(number) for number in range(40)])

    assert summary.ci_low < summary.value < summary.ci_high  # type: ignore[operator]


def test_counts_of_failures_are_those_of_their_worst():
    summary = general("rms", [counted(9, 1), Failed("oom", counted(1, 1))], "ab")

    assert (3.0, sqrt(10 / 2)) == (summary.value, summary.value_failed_as_wrong)


def test_units_may_be_counted_too():
    """As MME does."""
    lines = summaries(
        "per_mille",
        [counted(1, 1), counted(0, 1), counted(1, 1), counted(1, 1)],
        ["a1", "a1", "b1", "b1"],
        macro_by=(("question_type",),),
    )

    values = {line.grouping: (line.value, line.n_scored) for line in lines}
    assert (750.0, 2) == values["general"]
    assert (750.0, 2) == values["macro_by_question_type"]


def test_a_group_whose_sums_mean_nothing_has_no_value():
    summary = general("rms", [counted(0, 0)], "a")

    assert (None, None, 1, "") == (
        summary.value,
        summary.value_failed_as_wrong,
        summary.n_scored,
        summary.problem,
    )


def test_nothing_scored_is_no_value_even_where_sums_of_nothing_have_a_figure():
    summary = general("total", [Failed("oom", counted(1, 2)), UNSCORED], "ab")

    assert (None, 3.0) == (summary.value, summary.value_failed_as_wrong)


def test_a_metric_that_cannot_do_many_figures_at_once_has_no_interval():
    lines = summaries(
        "shy", [counted(9, 1), counted(9, 1)], ["a1", "b1"], macro_by=(("question_type",),)
    )

    by_grouping = {line.grouping: line for line in lines}
    for name in ("general", "macro_by_question_type"):
        assert 3.0 == by_grouping[name].value
        assert by_grouping[name].ci_low is None


def test_an_infinite_figure_is_none():
    assert general("infinite", [counted(1, 1)] * 3, "abc").value is None


@pytest.mark.parametrize(
    ("metric", "results", "problem"),
    [
        ("broken_key", [RIGHT] * 3, "metric failed: LookupError: a bug"),
        ("broken_combine", [RIGHT] * 3, "metric failed: LookupError: a bug"),
        ("nan_combine", [RIGHT] * 3, "metric failed: ValueError: nan / 1.0"),
        ("broken_figures", [counted(1, 1)] * 3, "metric failed: LookupError: a bug"),
        ("odd_figures", [counted(1, 1)] * 3, "metric failed: ValueError: figures of shape (7,)"),
        ("rms", [counted(1, 1), counted(1), counted(1, 1)], "scores with 1 and 2 counts"),
        ("rms", [RIGHT] * 3, "metric failed: IndexError"),
    ],
)
def test_a_metric_that_breaks_is_unscored_and_says_why(metric, results, problem):
    lines = summaries(metric, results, "abc", macro_by=(("question_type",),))

    assert len(lines) > 4
    for line in lines:
        assert (None, None, None) == (line.value, line.value_failed_as_wrong, line.ci_low)
        assert (0, 0, line.n_total) == (line.n_documents, line.n_scored, line.n_unscored)
        assert problem in line.problem


def test_a_metric_that_breaks_leaves_failures_counted_as_failed():
    summary = general("broken_figures", [counted(1, 1), Failed("oom", counted(0, 1))], "ab")

    assert (0, 1, 1) == (summary.n_scored, summary.n_failed, summary.n_unscored)
    assert summary.value_failed_as_wrong is None


def test_a_metric_that_breaks_does_not_harm_the_one_beside_it():
    task = task_of("abc")
    beside = [
        SampleScore("m", task.task.name, each.id, metric, result)
        for each in task.samples
        for metric, result in (("broken_figures", counted(1, 1)), ("rms", counted(4, 1)))
    ]

    found = summarise(beside, (task,), 0)

    assert summaries("rms", [counted(4, 1)] * 3, "abc") == tuple(
        line for line in found if line.metric == "rms"
    )


def test_a_mean_over_groups_has_an_interval_where_a_unit_is_of_several_documents():
    """A question's rotations on pages of their own, and groups that divide them."""
    samples = tuple(
        replace(sample(n), id=str(n), group=f"q{n // 2}", document=f"d{n}", language=f"l{n % 2}")
        for n in range(12)
    )
    task = loaded(samples, macro_by=(("language",),))
    cells = [
        SampleScore("m", task.task.name, one.id, "mcq_circular", RIGHT if n % 3 else WRONG)
        for n, one in enumerate(samples)
    ]

    (mean,) = (
        line for line in summarise(cells, (task,), 0) if line.grouping == "macro_by_language"
    )

    assert 12 == mean.n_documents
    assert mean.ci_low is not None
