import json
from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.build import answer, failed, loaded, model, truth
from vlmhb.domain.answer import Answer, Outcome
from vlmhb.domain.run import Evaluation
from vlmhb.domain.sample import Sample
from vlmhb.domain.score import Score, Unscored
from vlmhb.domain.task import AnswerKind
from vlmhb.metrics.judge.judged import JUDGE, MAX_ANSWER_CHARS, MCQ_JUDGE, YES_NO_JUDGE
from vlmhb.metrics.judge.judging import Verdicts, questions, verdict_id, with_verdict

JUDGE_MODEL = model("our-judge")
CAT = truth("A", choices=(("A", "a cat"), ("B", "a dog")))


def said(metric, text: str, sample: Sample, verdict: Outcome | str | None) -> Score | Unscored:
    """The score when the judge said this."""
    outcome = Answer("v", verdict) if isinstance(verdict, str) else verdict
    question = metric.question(text, sample)
    assert question is not None
    outcomes: Mapping[str, Outcome] = (
        {} if outcome is None else {verdict_id(JUDGE_MODEL, question): outcome}
    )
    return with_verdict(metric, text, sample, Verdicts(JUDGE_MODEL, outcomes))


@pytest.mark.parametrize(
    ("metric", "text", "sample", "verdict", "expected"),
    [
        (JUDGE, "twelve", truth("12"), "CORRECT", 1),
        (JUDGE, "twelve", truth("12"), " **Correct**.\n", 1),
        (JUDGE, "twelve", truth("13"), "INCORRECT", 0),
        (MCQ_JUDGE, "the feline", CAT, "A", 1),
        (MCQ_JUDGE, "the feline", CAT, "b.", 0),
        (MCQ_JUDGE, "the feline", CAT, "NONE", 0),
        (YES_NO_JUDGE, "it is so", truth("Yes"), "YES", 1),
        (YES_NO_JUDGE, "it is so", truth("No"), "yes", 0),
        (YES_NO_JUDGE, "it is so", truth("No"), "UNKNOWN", 0),
    ],
)
def test_one_word_of_those_offered_decides(metric, text, sample, verdict, expected):
    assert Score(expected, 1) == said(metric, text, sample, verdict)


@pytest.mark.parametrize("verdict", ["", "CORRECT or so", "yes", "C", "CORRECT INCORRECT", "?"])
@pytest.mark.parametrize("metric", [JUDGE, MCQ_JUDGE])
def test_any_other_reply_leaves_the_sample_unscored(metric, verdict):
    result = said(metric, "the feline", CAT, verdict)

    assert isinstance(result, Unscored)
    assert "cannot be read" in result.reason


@pytest.mark.parametrize("verdict", [None, failed("v")])
def test_a_judge_that_failed_decides_nothing(verdict):
    assert Unscored("no verdict of a judge") == said(JUDGE, "twelve", truth("12"), verdict)


def test_verdicts_of_another_judge_do_not_count():
    question = JUDGE.question("twelve", truth("12"))
    assert question is not None
    other = replace(JUDGE_MODEL, params={"model": "other"})
    verdicts = Verdicts(other, {verdict_id(JUDGE_MODEL, question): Answer("v", "CORRECT")})

    assert Unscored("no verdict of a judge") == with_verdict(JUDGE, "twelve", truth("12"), verdicts)


@pytest.mark.parametrize(
    ("metric", "text", "sample", "expected"),
    [
        (MCQ_JUDGE, "A", CAT, 1),
        (MCQ_JUDGE, "a dog", CAT, 0),
        (MCQ_JUDGE, "", CAT, 0),
        (YES_NO_JUDGE, "Yes.", truth("Yes"), 1),
        (YES_NO_JUDGE, "", truth("Yes"), 0),
        (JUDGE, " ", truth("12"), 0),
        (JUDGE, "", truth("12", ""), 1),
    ],
)
def test_what_rules_decide_is_not_asked(metric, text, sample, expected):
    assert metric.question(text, sample) is None
    assert Score(expected, 1) == with_verdict(metric, text, sample, Verdicts())


@pytest.mark.parametrize("metric", [JUDGE, MCQ_JUDGE, YES_NO_JUDGE])
def test_a_sample_without_a_truth_is_not_asked_about(metric):
    assert metric.question("text", truth()) is None
    assert isinstance(with_verdict(metric, "text", truth(), Verdicts()), Unscored)


@given(text=st.text(min_size=1).filter(str.strip))
def test_an_answer_stays_data_whatever_it_says(text):
    question = JUDGE.question(text, truth("12"))

    assert question is not None
    assert text[:MAX_ANSWER_CHARS] == json.loads(question)["answer"]


@pytest.mark.parametrize(
    ("metric", "sample"),
    [
        (MCQ_JUDGE, truth("Q", choices=CAT.choices)),
        (YES_NO_JUDGE, truth("maybe")),
        (JUDGE, truth()),
    ],
)
def test_a_failure_counts_only_where_an_answer_could(metric, sample):
    assert isinstance(metric.worst(sample), Unscored)


def test_a_runaway_answer_is_shown_in_part():
    question = JUDGE.question("x" * 80_000, truth("12"))

    assert question is not None
    assert "x" * MAX_ANSWER_CHARS == json.loads(question)["answer"]


def test_only_answers_are_asked_about():
    task = loaded(
        (truth("12", id="1"), truth("13", id="2")), metrics={AnswerKind.REPLY: ("judge",)}
    )
    evaluation = Evaluation(
        "m", "fields", AnswerKind.REPLY, (("1", "r1"), ("2", "r2"), ("1", "r3"))
    )

    asked = list(questions(evaluation, task, {"r1": answer("r1"), "r2": failed("r2")}))

    assert [JUDGE.question("text", truth("12"))] == asked
