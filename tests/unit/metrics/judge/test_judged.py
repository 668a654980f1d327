import json
from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.build import answer, failed, loaded, model, truth
from vlmhb.domain.answer import Answer, Outcome
from vlmhb.domain.model import WeightsRef
from vlmhb.domain.run import Evaluation
from vlmhb.domain.sample import Sample
from vlmhb.domain.score import Score, Unscored
from vlmhb.domain.task import AnswerKind
from vlmhb.metrics.judge.judged import JUDGE, MAX_ANSWER_CHARS, MCQ_JUDGE, YES_NO_JUDGE
from vlmhb.metrics.judge.judging import Verdicts, questions, verdict_id, with_verdict
from vlmhb.metrics.scoring import score_evaluation

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
        (YES_NO_JUDGE, "it is so", truth("No"), "no", 1),
    ],
)
def test_one_word_of_those_offered_decides(metric, text, sample, verdict, expected):
    assert Score(expected, 1) == said(metric, text, sample, verdict)


@pytest.mark.parametrize("verdict", ["", "CORRECT or so", "C", "CORRECT INCORRECT", "?", "maybe"])
@pytest.mark.parametrize(
    ("metric", "sample"), [(JUDGE, CAT), (MCQ_JUDGE, CAT), (YES_NO_JUDGE, truth("Yes"))]
)
def test_any_other_reply_leaves_the_sample_unscored(metric, sample, verdict):
    result = said(metric, "the feline", sample, verdict)

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


def test_verdicts_are_kept_for_a_question_and_a_judge_whatever_it_is_called():
    ids = [
        verdict_id(JUDGE_MODEL, "q"),
        verdict_id(JUDGE_MODEL, "r"),
        verdict_id(replace(JUDGE_MODEL, backend="other"), "q"),
        verdict_id(replace(JUDGE_MODEL, params={"model": "other"}), "q"),
        verdict_id(replace(JUDGE_MODEL, weights=WeightsRef("Org/Name")), "q"),
        verdict_id(replace(JUDGE_MODEL, weights=WeightsRef("Org/Other")), "q"),
    ]

    assert 6 == len(set(ids))
    assert ids[0] == verdict_id(replace(JUDGE_MODEL, name="renamed"), "q")


def test_verdicts_asked_for_earlier_are_found_again():
    """This id changes with what any judge is told: then every verdict is paid for once more."""
    assert "23c99c073af0017422598a136d79385d" == verdict_id(JUDGE_MODEL, "q")


@pytest.mark.parametrize(
    ("metric", "text", "sample", "expected"),
    [
        (MCQ_JUDGE, "A", CAT, 1),
        (MCQ_JUDGE, "a dog", CAT, 0),
        (MCQ_JUDGE, "", CAT, 0),
        (MCQ_JUDGE, " \n", CAT, 0),
        (MCQ_JUDGE, "forty two", truth("42"), 0),
        (YES_NO_JUDGE, "Yes.", truth("Yes"), 1),
        (YES_NO_JUDGE, "", truth("Yes"), 0),
        (YES_NO_JUDGE, " \n", truth("Yes"), 0),
        (JUDGE, " ", truth("12"), 0),
        (JUDGE, "", truth("12", ""), 1),
        (JUDGE, "", truth(" "), 1),
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
    assert metric.question("text", sample) is None


ASKING = [(JUDGE, truth("12")), (MCQ_JUDGE, CAT), (YES_NO_JUDGE, truth("Yes"))]


@pytest.mark.parametrize(("metric", "sample"), ASKING)
def test_where_an_answer_could_be_judged_a_failure_is_wrong(metric, sample):
    assert Score(0, 1) == metric.worst(sample)


@pytest.mark.parametrize(("metric", "sample"), ASKING)
def test_without_a_judge_what_needs_one_is_unscored(metric, sample):
    assert Unscored("no verdict of a judge") == metric.score("the feline", sample)


@pytest.mark.parametrize(
    ("metric", "sample", "shown", "words"),
    [
        (JUDGE, truth("12", "дюжина"), {"accepted answers": ["12", "дюжина"]}, "CORRECT INCORRECT"),
        (MCQ_JUDGE, CAT, {"options": {"A": "a cat", "B": "a dog"}}, "A B NONE"),
        (YES_NO_JUDGE, truth("Yes"), {}, "YES NO UNKNOWN"),
    ],
)
def test_the_judge_is_shown_the_question_the_answer_and_the_words_to_choose_from(
    metric, sample, shown, words
):
    """Readable in any script: what was asked is kept beside the verdict."""
    question = metric.question("двенадцать", sample)

    assert question is not None
    assert "двенадцать" in question
    told = json.loads(question)
    assert told.pop("task").endswith(f"Words to reply with: {', '.join(words.split())}.")
    assert {"question": sample.question, "answer": "двенадцать", **shown} == told


@pytest.mark.parametrize(("metric", "sample"), ASKING)
def test_a_runaway_answer_is_shown_in_part(metric, sample):
    question = metric.question("x" * 80_000, sample)

    assert question is not None
    assert "x" * MAX_ANSWER_CHARS == json.loads(question)["answer"]


def test_verdicts_are_counted_when_an_evaluation_is_scored():
    task = loaded((truth("12", id="1"),), metrics={AnswerKind.REPLY: ("judge", "cer")})
    evaluation = Evaluation("m", "fields", AnswerKind.REPLY, (("1", "r1"),))
    outcomes = {"r1": answer("r1", "twelve")}
    question = JUDGE.question("twelve", truth("12"))
    assert question is not None
    verdicts = Verdicts(JUDGE_MODEL, {verdict_id(JUDGE_MODEL, question): Answer("v", "CORRECT")})

    judged = score_evaluation(evaluation, task, outcomes, verdicts)
    alone = score_evaluation(evaluation, task, outcomes)

    assert [Score(1, 1), Score(6, 2)] == [score.result for score in judged]
    assert [Unscored("no verdict of a judge"), Score(6, 2)] == [score.result for score in alone]


def test_only_answers_that_rules_do_not_decide_are_asked_about():
    """The third request has no outcome yet, and the fourth was answered with nothing."""
    task = loaded(
        (truth("12", id="1"), truth("13", id="2")), metrics={AnswerKind.REPLY: ("judge", "cer")}
    )
    evaluation = Evaluation(
        "m", "fields", AnswerKind.REPLY, (("1", "r1"), ("2", "r2"), ("1", "r3"), ("2", "r4"))
    )
    outcomes: Mapping[str, Outcome] = {
        "r1": answer("r1"),
        "r2": failed("r2"),
        "r4": answer("r4", " "),
    }

    asked = list(questions(evaluation, task, outcomes))

    assert [JUDGE.question("text", truth("12"))] == asked
