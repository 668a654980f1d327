from collections.abc import Mapping, Sequence
from dataclasses import replace

import jiwer
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.build import loaded, sample
from vlmhb.domain.run import LoadedTask
from vlmhb.domain.score import Direction, Failed, MetricSummary, SampleScore, Score, Unscored
from vlmhb.metrics.aggregate import summarise
from vlmhb.metrics.edit_rate import CER
from vlmhb.metrics.groups import GROUPINGS

Result = Score | Unscored | Failed

SAMPLES = (
    replace(sample(1), doc_class="passport", question_type="name", language="ru"),
    replace(sample(2), doc_class="invoice", question_type="total", language="ru"),
    replace(sample(3), doc_class="invoice", question_type="date", language="ko"),
    replace(sample(4), doc_class="invoice", question_type="total", language="ko", document="doc2"),
)
TASK = loaded(SAMPLES)


def cells(
    results: Sequence[Result], model: str = "m", metric: str = "cer", task: LoadedTask = TASK
) -> list[SampleScore]:
    return [
        SampleScore(model, task.task.name, each.id, metric, result)
        for each, result in zip(task.samples, results, strict=True)
    ]


def general(scores: Sequence[SampleScore], task: LoadedTask = TASK) -> MetricSummary:
    return summarise(scores, (task,), 0)[0]


def test_a_group_is_the_sum_of_edits_over_the_sum_of_characters():
    summary = general(cells([Score(1, 2), Score(0, 100), Score(3, 10), Score(0, 8)]))

    assert 4 / 120 == summary.value


def test_a_corpus_cer_is_the_one_of_jiwer():
    answers = ["target 1!", "nothing", "target 3", ""]
    results = [CER.score(text, each) for text, each in zip(answers, SAMPLES, strict=True)]

    oracle = jiwer.cer([each.targets[0] for each in SAMPLES], answers)
    assert oracle == pytest.approx(general(cells(results)).value, abs=1e-12)


def test_failures_are_left_out_of_the_value_and_counted_at_their_worst_beside_it():
    summary = general(
        cells([Score(1, 10), Failed("oom", Score(10, 10)), Unscored("no target"), Score(0, 10)])
    )

    assert 1 / 20 == summary.value
    assert 11 / 30 == summary.value_failed_as_wrong
    assert (2, 1, 1, 4) == (
        summary.n_scored,
        summary.n_failed,
        summary.n_unscored,
        summary.n_total,
    )


def test_nothing_scored_is_no_number():
    summary = general(cells([Unscored("not answered yet")] * 4))

    assert (None, None, None, None) == (
        summary.value,
        summary.ci_low,
        summary.ci_high,
        summary.value_failed_as_wrong,
    )
    assert (0, 4) == (summary.n_documents, summary.n_unscored)


def test_only_failures_have_no_value_but_count_as_wrong():
    summary = general(cells([Failed("oom", Score(8, 8))] * 4))

    assert summary.value is None
    assert 1.0 == summary.value_failed_as_wrong


def test_groups_come_in_a_fixed_order_with_their_samples():
    summaries = summarise(cells([Score(n, 10) for n in range(1, 5)]), (TASK,), 0)

    assert [
        ("general", (), 0.25),
        ("by_doc_type", ("invoice",), 0.3),
        ("by_doc_type", ("passport",), 0.1),
        ("by_doc_question", ("invoice", "date"), 0.3),
        ("by_doc_question", ("invoice", "total"), 0.3),
        ("by_doc_question", ("passport", "name"), 0.1),
        ("by_language", ("ko",), 0.35),
        ("by_language", ("ru",), 0.15),
    ] == [(line.grouping, line.group, line.value) for line in summaries]


def test_evaluations_and_metrics_keep_the_order_of_the_scores():
    ones = [Score(1, 1)] * 4
    mixed = [
        cell
        for pair in zip(cells(ones, "z", "wer"), cells(ones, "z", "anls"), strict=True)
        for cell in pair
    ]
    summaries = summarise([*mixed, *cells(ones, "a", "cer")], (TASK,), 0)

    order = [(line.model, line.metric) for line in summaries if line.grouping == "general"]
    assert [("z", "wer"), ("z", "anls"), ("a", "cer")] == order


def test_the_direction_is_that_of_the_metric():
    ones = [Score(1, 1)] * 4

    assert Direction.LOWER == general(cells(ones, metric="wer")).direction
    assert Direction.HIGHER == general(cells(ones, metric="anls")).direction


def test_a_page_and_its_scan_are_one_document():
    """Samples 2 and 4 show the same document, so the group of totals is one draw."""
    totals = next(
        line
        for line in summarise(cells([Score(n, 10) for n in range(1, 5)]), (TASK,), 0)
        if line.group == ("invoice", "total")
    )

    assert (2, 1, None, None) == (
        totals.n_scored,
        totals.n_documents,
        totals.ci_low,
        totals.ci_high,
    )


def test_repeating_every_page_does_not_narrow_the_interval():
    results: list[Result] = [Score(n % 7, 10) for n in range(30)]
    once = loaded(tuple(sample(number) for number in range(30)))
    twice = loaded(tuple(replace(sample(n), id=str(n), document=f"doc{n % 30}") for n in range(60)))

    single = general(cells(results, task=once), once)
    double = general(cells(results * 2, task=twice), twice)

    assert (single.ci_low, single.ci_high) == (double.ci_low, double.ci_high)
    assert (30, 60) == (double.n_documents, double.n_scored)


def test_documents_without_an_answer_do_not_enter_the_interval():
    summary = general(
        cells([Score(1, 4), Failed("oom", Score(4, 4)), Failed("oom", Score(4, 4)), Score(1, 4)])
    )

    assert 2 == summary.n_documents
    assert (0.25, 0.25) == (summary.ci_low, summary.ci_high)


def test_figures_do_not_depend_on_what_else_was_evaluated():
    results = [Score(n, 10) for n in (3, 1, 4, 1)]
    alone = summarise(cells(results), (TASK,), 7)

    beside = summarise([*cells(results, "other"), *cells(results)], (TASK,), 7)

    assert alone == tuple(line for line in beside if line.model == "m")


def test_the_seed_decides_the_interval_and_nothing_else():
    task = loaded(tuple(sample(number) for number in range(20)))
    scores = cells([Score(n * n % 17, 10 + n) for n in range(20)], task=task)

    first, second = (summarise(scores, (task,), seed)[0] for seed in (1, 2))

    assert first == summarise(scores, (task,), 1)[0]
    assert (first.ci_low, first.ci_high) != (second.ci_low, second.ci_high)
    assert replace(first, ci_low=None, ci_high=None) == replace(second, ci_low=None, ci_high=None)


RESULTS = st.one_of(
    st.builds(Score, st.integers(0, 20), st.integers(1, 20)),
    st.builds(Failed, st.just("oom"), st.builds(Score, st.integers(0, 20), st.integers(1, 20))),
    st.builds(Unscored, st.just("no target")),
)
WHERE = st.tuples(st.sampled_from("ab"), st.sampled_from("xyz"), st.sampled_from(["ru", "ko", ""]))


@settings(max_examples=30)
@given(st.lists(st.tuples(RESULTS, WHERE, st.integers(0, 4)), min_size=1, max_size=12))
def test_every_grouping_divides_the_samples(rows):
    samples = tuple(
        replace(
            sample(number),
            doc_class=where[0],
            question_type=where[1],
            language=where[2],
            document=str(document),
        )
        for number, (_, where, document) in enumerate(rows)
    )
    task = loaded(samples)
    summaries = summarise(cells([row[0] for row in rows], task=task), (task,), 0)

    counts: Mapping[str, int] = {
        grouping: sum(line.n_total for line in summaries if line.grouping == grouping)
        for grouping in GROUPINGS
    }
    assert dict.fromkeys(GROUPINGS, len(rows)) == counts
    for line in summaries:
        assert (line.value is None) == (line.n_scored == 0)
        assert (line.ci_low is None) == (line.n_documents < 2)
