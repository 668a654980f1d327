from collections.abc import Sequence
from dataclasses import replace
from random import Random
from typing import Any

import jiwer
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.build import loaded, sample
from vlmhb.domain.run import LoadedTask
from vlmhb.domain.score import Direction, Failed, MetricSummary, SampleScore, Score, Unscored
from vlmhb.metrics.aggregation.aggregate import summarise
from vlmhb.metrics.aggregation.groupings import STANDARD
from vlmhb.metrics.aggregation.statistics import FEWEST_DOCUMENTS
from vlmhb.metrics.text.edit_rate import CER

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
    task = loaded(tuple(sample(number) for number in range(8)))
    results: list[Result] = [*[Score(1, 4)] * 6, *[Failed("oom", Score(4, 4))] * 2]

    summary = general(cells(results, task=task), task)

    assert 6 == summary.n_documents
    assert (0.25, 0.25) == (summary.ci_low, summary.ci_high)


def test_figures_do_not_depend_on_what_else_was_evaluated():
    results = [Score(n, 10) for n in (3, 1, 4, 1)]
    alone = summarise(cells(results), (TASK,), 7)

    beside = summarise([*cells(results, "other"), *cells(results)], (TASK,), 7)

    assert alone == tuple(line for line in beside if line.model == "m")


def test_tasks_whose_samples_have_the_same_names_are_grouped_each_by_its_own():
    other = loaded(
        tuple(replace(each, doc_class="act", language="kk") for each in SAMPLES), "other"
    )
    ones = [Score(1, 1)] * 4

    summaries = summarise([*cells(ones), *cells(ones, task=other)], (TASK, other), 0)

    of_other = [line.group for line in summaries if line.task == "other"]
    assert [(), ("act",)] == of_other[:2]
    assert ("kk",) == of_other[-1]
    assert summaries[: -len(of_other)] == summarise(cells(ones), (TASK,), 0)


def test_models_that_answered_different_samples_are_summed_over_their_own():
    results = [Score(n, 10) for n in (1, 2, 3, 4)]
    some = [cell for cell in cells(results, "some") if cell.sample_id in ("1", "3")]

    summaries = summarise([*cells(results, "all"), *some], (TASK,), 0)

    assert {"all": 0.25, "some": 0.2} == {
        line.model: line.value for line in summaries if line.grouping == "general"
    }
    assert [("invoice",), ("passport",)] == [
        line.group
        for line in summaries
        if (line.model, line.grouping) == ("some", "by_doc_type") and line.n_total == 1
    ]


def test_a_mean_of_groups_leaves_out_samples_that_lack_one_of_its_keys():
    """The fourth sample is a total in Korean of no category, so it is in no group."""
    samples = tuple(
        replace(each, metadata={"category": category})
        for each, category in zip(SAMPLES, ["a", "a", "b", ""], strict=True)
    )
    task = loaded(samples, macro_by=(("language", "category"),))

    *_, line = summarise(cells([Score(n, 10) for n in (1, 3, 6, 9)], task=task), (task,), 0)

    assert ("macro_by_language+category", 3) == (line.grouping, line.n_total)
    assert (0.2 + 0.6) / 2 == line.value


def test_the_seed_decides_the_interval_and_nothing_else():
    task = loaded(tuple(sample(number) for number in range(20)))
    scores = cells([Score(n * n % 17, 10 + n) for n in range(20)], task=task)

    first, second = (summarise(scores, (task,), seed)[0] for seed in (1, 2))

    assert first == summarise(scores, (task,), 1)[0]
    assert (first.ci_low, first.ci_high) != (second.ci_low, second.ci_high)
    assert replace(first, ci_low=None, ci_high=None) == replace(second, ci_low=None, ci_high=None)


def test_published_intervals_of_groups_stay_what_they_are():
    """Each group of each evaluation has draws of its own, the same on every machine."""
    task = loaded(
        tuple(replace(sample(number), doc_class="ab"[number % 2]) for number in range(20))
    )
    scores = cells([Score(n * n % 17, 10 + n) for n in range(20)], task=task)

    lines = summarise(scores, (task,), 7)[:3]

    assert [("general", ()), ("by_doc_type", ("a",)), ("by_doc_type", ("b",))] == [
        (line.grouping, line.group) for line in lines
    ]
    assert [
        (0.2311637220647373, 0.5138411023257351),
        (0.17092198581560283, 0.5893007624398073),
        (0.17995736434108528, 0.5690076836581707),
    ] == [pytest.approx((line.ci_low, line.ci_high)) for line in lines]


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

    said = {
        "general": True,
        "by_doc_type": True,
        "by_doc_question": True,
        "by_language": any(each.language for each in samples),
    }
    counts = {
        grouping: sum(line.n_total for line in summaries if line.grouping == grouping)
        for grouping in STANDARD
    }
    assert {name: len(rows) * holds for name, holds in said.items()} == counts
    for line in summaries:
        assert (line.value is None) == (line.n_scored == 0)
        assert (line.ci_low is None) == (line.n_documents < FEWEST_DOCUMENTS)


def test_a_grouping_that_says_nothing_is_left_out():
    task = loaded(tuple(replace(each, language="") for each in SAMPLES))

    summaries = summarise(cells([Score(1, 1)] * 4, task=task), (task,), 0)

    assert {"general", "by_doc_type", "by_doc_question"} == {line.grouping for line in summaries}


def test_a_task_groups_by_what_its_dataset_says():
    samples = tuple(
        replace(each, metadata={"category": category})
        for each, category in zip(SAMPLES, ["a", ["a", "b"], "b", ""], strict=True)
    )
    task = loaded(samples, group_by=(("category",),), macro_by=(("category",),))

    summaries = summarise(cells([Score(n, 10) for n in range(1, 5)], task=task), (task,), 0)

    own = [line for line in summaries if line.grouping not in STANDARD]
    assert [
        ("by_category", ("",), 0.4, 1),
        ("by_category", ("a",), 0.15, 2),
        ("by_category", ("b",), 0.25, 2),
        ("macro_by_category", (), pytest.approx((0.15 + 0.25) / 2), 3),
    ] == [(line.grouping, line.group, line.value, line.n_total) for line in own]


def test_samples_without_the_key_are_in_the_mean_only_where_all_lack_one():
    samples = tuple(replace(each, metadata={"category": "a"}) for each in SAMPLES)
    task = loaded(
        tuple(replace(each, language="") for each in samples), macro_by=(("category", "language"),)
    )

    summaries = summarise(cells([Score(n, 10) for n in range(1, 5)], task=task), (task,), 0)

    (mean,) = (line for line in summaries if line.grouping.startswith("macro_"))
    assert (0.25, 4) == (mean.value, mean.n_total)


def test_macro_is_the_mean_of_the_samples_own_figures():
    summary = general(
        cells([Score(1, 2), Unscored("no target"), Failed("oom", Score(1, 1)), Score(0, 10)])
    )

    assert (1 / 12, 0.25) == (summary.value, summary.macro)


def test_there_is_no_mean_of_samples_where_one_has_no_figure_of_its_own():
    """The others' F1 of one sample each is not what F1 is about."""
    summary = general(cells([Score(1, 2), Score(0, 0), Score(0, 10), Score(0, 8)]))

    assert (1 / 20, None) == (summary.value, summary.macro)


def test_there_is_no_mean_of_samples_beside_a_figure_of_sums():
    summary = general(cells([Score(1, 2, (1.0,) * 16)] * 4, metric="mme_reasoning"))

    assert summary.macro is None


def test_scores_of_nothing_add_nothing():
    """As a true negative to F1."""
    nothing = general(cells([Score(0, 0)] * 4))

    assert (None, None, None, None) == (
        nothing.value,
        nothing.macro,
        nothing.ci_low,
        nothing.value_failed_as_wrong,
    )
    assert (4, 3) == (nothing.n_scored, nothing.n_documents)


def test_huge_numbers_stay_numbers():
    summary = general(cells([Score(1e100, 1e100), Score(1e100, 1e-100)] * 2))

    assert summary.value == pytest.approx(2.0)
    assert general(cells([Score(1e100, 1e-100)] * 4)).value == pytest.approx(1e200)


Rows = Sequence[tuple[Result, tuple[str, str, str], int]]


def task_of(rows: Rows, **changes: Any) -> LoadedTask:
    samples = (
        replace(
            sample(number),
            doc_class=where[0],
            question_type=where[1],
            language=where[2],
            document=str(document),
            metadata={"category": where[1]},
        )
        for number, (_, where, document) in enumerate(rows)
    )
    return loaded(tuple(samples), **changes)


ROWS = st.lists(st.tuples(RESULTS, WHERE, st.integers(0, 4)), min_size=1, max_size=12)


@settings(max_examples=30)
@given(ROWS, st.randoms(use_true_random=False))
def test_the_order_of_the_samples_changes_no_figure(rows, random):
    own = {"group_by": (("category",),), "macro_by": (("category",),)}
    task = task_of(rows, **own)
    order = list(range(len(rows)))
    random.shuffle(order)
    shuffled = replace(task, samples=tuple(task.samples[place] for place in order))
    results = [row[0] for row in rows]

    one = summarise(cells(results, task=task), (task,), 0)
    other = summarise(cells([results[place] for place in order], task=shuffled), (shuffled,), 0)

    assert [rounded(line) for line in one] == [rounded(line) for line in other]


def rounded(line: MetricSummary) -> MetricSummary:
    """Without the last bits, in which sums of floats depend on their order."""
    figures = ("value", "ci_low", "ci_high", "value_failed_as_wrong", "macro")
    known = {name: getattr(line, name) for name in figures}
    short: Any = {n: None if v is None else float(f"{v:.10g}") for n, v in known.items()}
    return replace(line, **short)


@settings(max_examples=30)
@given(ROWS)
def test_the_mean_of_groups_is_the_one_computed_by_hand(rows):
    task = task_of(rows, group_by=(("category",),), macro_by=(("category",),))

    summaries = summarise(cells([row[0] for row in rows], task=task), (task,), 0)

    groups = [line for line in summaries if line.grouping == "by_category"]
    (mean,) = (line for line in summaries if line.grouping == "macro_by_category")
    for figure in ("value", "value_failed_as_wrong"):
        known = [getattr(line, figure) for line in groups if getattr(line, figure) is not None]
        by_hand = pytest.approx(sum(known) / len(known)) if known else None
        assert by_hand == getattr(mean, figure)
    assert len(rows) == mean.n_total
    assert (mean.ci_low is None) == (mean.n_documents < FEWEST_DOCUMENTS)


def test_the_mean_of_groups_has_the_interval_of_documents_drawn_for_all_of_them():
    """The groups undo each other, so the mean is 0.5 whichever documents are drawn."""
    samples = tuple(
        replace(sample(2 * document + right), document=str(document), question_type=str(right))
        for document in range(20)
        for right in (0, 1)
    )
    task = loaded(samples, macro_by=(("question_type",),))
    results = [
        Score(float((document % 2 == 0) == bool(right)), 1)
        for document in range(20)
        for right in (0, 1)
    ]

    summaries = summarise(cells(results, task=task), (task,), 0)

    (mean,) = (line for line in summaries if line.grouping == "macro_by_question_type")
    assert (0.5, 0.5, 0.5) == pytest.approx((mean.value, mean.ci_low, mean.ci_high))


def test_the_mean_of_one_group_is_that_group():
    task = loaded(SAMPLES, macro_by=(("split",), ("category",)))
    task = replace(
        task, samples=tuple(replace(each, metadata={"split": "val"}) for each in task.samples)
    )
    results = [Score(n, 10) for n in (3, 1, 4, 1)]

    summaries = summarise(cells(results, task=task), (task,), 0)

    everything = summaries[0]
    (mean,) = (line for line in summaries if line.grouping.startswith("macro_"))
    assert (everything.value, everything.n_documents) == (mean.value, mean.n_documents)


@settings(max_examples=30)
@given(ROWS)
def test_a_value_is_the_sum_of_the_parts(rows):
    scored = [row[0] for row in rows if isinstance(row[0], Score)]
    task = task_of(rows)

    value = general(cells([row[0] for row in rows], task=task), task).value

    parts = [(score.numerator, score.denominator) for score in scored]
    by_hand = sum(n for n, _ in parts) / sum(d for _, d in parts) if parts else None
    assert value == (None if by_hand is None else pytest.approx(by_hand))


def test_intervals_hold_what_they_promise_most_of_the_time():
    """Tasks of 50 documents with 3 questions each, of which a known share is right."""
    random = Random(3)
    covered = 0
    for _ in range(60):
        samples = tuple(replace(sample(n), document=str(n // 3)) for n in range(150))
        task = loaded(samples)
        ease = [random.random() for _ in range(50)]
        results = [Score(float(random.random() < ease[n // 3]), 1) for n in range(150)]

        summary = general(cells(results, task=task), task)

        assert summary.ci_low is not None
        assert summary.ci_high is not None
        assert summary.value is not None
        assert summary.ci_low <= summary.value <= summary.ci_high
        covered += summary.ci_low <= 0.5 <= summary.ci_high
    assert 50 <= covered


def test_metrics_of_different_samples_may_stand_side_by_side():
    few = loaded(SAMPLES[:2])
    scores = [*cells([Score(1, 2)] * 4), *cells([Score(1, 1)] * 2, metric="wer", task=few)]

    summaries = summarise(scores, (TASK,), 0)

    totals = [(line.metric, line.n_total) for line in summaries if line.grouping == "general"]
    assert [("cer", 4), ("wer", 2)] == totals
    assert summarise(scores[:4], (TASK,), 0) == tuple(
        line for line in summaries if line.metric == "cer"
    )


def test_metrics_that_judge_other_documents_do_not_disturb_each_other():
    task = loaded(tuple(replace(sample(n), document=str(n)) for n in range(20)))
    few: list[Result] = [Score(n % 7, 10) if n % 3 else Unscored("no text") for n in range(20)]
    all_of_them: list[Result] = [Score(n % 5, 10) for n in range(20)]

    together = summarise(
        [*cells(few, task=task), *cells(all_of_them, metric="wer", task=task)], (task,), 0
    )

    alone = summarise(cells(all_of_them, metric="wer", task=task), (task,), 0)
    assert alone == tuple(line for line in together if line.metric == "wer")


def test_the_order_of_the_documents_changes_no_interval():
    task = loaded(tuple(replace(sample(n), document=str(n)) for n in range(30)))
    results: list[Result] = [Score(n * n % 17, 10 + n) for n in range(30)]
    backwards = replace(task, samples=task.samples[::-1])

    one = general(cells(results, task=task), task)
    other = general(cells(results[::-1], task=backwards), backwards)

    assert rounded(one) == rounded(other)


def test_all_metrics_see_the_same_draws():
    """So that what two metrics count alike has one interval."""
    results = [Score(n, 10) for n in (3, 1, 4, 1)]

    summaries = summarise([*cells(results), *cells(results, metric="wer")], (TASK,), 0)

    cer, wer = (
        [(line.ci_low, line.ci_high) for line in summaries if line.metric == metric]
        for metric in ("cer", "wer")
    )
    assert cer == wer
