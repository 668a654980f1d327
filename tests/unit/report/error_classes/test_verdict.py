from dataclasses import replace

from vlmhb.domain.answer import Answer, ErrorInfo, FailedAnswer, FailureReason, FinishReason
from vlmhb.domain.sample import Sample
from vlmhb.domain.score import SampleScore, Score, Unscored
from vlmhb.domain.task import AnswerKind
from vlmhb.report.error_classes.classes import ErrorClass
from vlmhb.report.error_classes.neighbours import Neighbours
from vlmhb.report.error_classes.verdict import Apart, Verdict, error_class, verdict_of

SAMPLE = Sample("s", "", (), ("Счёт", "счета"), "d", "invoice", "kind", "ru")


def verdict(
    text: str, *results: Score | Unscored, sample: Sample = SAMPLE, lower: tuple[str, ...] = ()
) -> Verdict:
    """Of the answer `text`, whose metrics `m0`, `m1`, ... gave `results`."""
    scores = [SampleScore("m", "t", "s", f"m{n}", result) for n, result in enumerate(results)]
    return verdict_of(Answer("r", text), sample, AnswerKind.REPLY, scores, lower)


def test_full_marks_by_the_first_metric_are_right_whatever_the_words():
    assert Apart.RIGHT is verdict("something else", Score(2, 2), Score(0, 1))
    assert Apart.RIGHT is verdict("something else", Score(0, 4), lower=("m0",))
    assert Apart.RIGHT is not verdict("something else", Score(4, 4), lower=("m0",))


def test_the_target_that_an_answer_comes_closest_to_counts():
    assert ErrorClass.CASE is verdict("СЧЕТА", Score(0, 1))


def test_where_the_first_metric_has_no_figure_for_a_sample_the_next_one_counts():
    assert Apart.RIGHT is verdict("no", Score(0, 0), Score(1, 1))
    assert Apart.NOT_CLASSED is verdict("no", Score(0, 0))


def test_what_no_metric_judges_and_what_has_no_target_is_not_classed():
    targetless = Sample("s", "", (), (), "d", "invoice", "kind", "ru")

    assert Apart.NOT_CLASSED is verdict("no", Unscored("no table"), Score(0, 1))
    assert Apart.NOT_CLASSED is verdict("no")
    assert Apart.NOT_CLASSED is verdict("no", Score(0, 1), sample=targetless)


def test_failures_and_open_requests_are_no_mistakes():
    failed = FailedAnswer("r", FailureReason.OOM, ErrorInfo("E", "m"))

    assert Apart.FAILED is verdict_of(failed, SAMPLE, AnswerKind.REPLY, (), ())
    assert Apart.NOT_ANSWERED is verdict_of(None, SAMPLE, AnswerKind.REPLY, (), ())


def test_an_answer_is_cut_by_the_limit_of_tokens_or_of_characters():
    scores = [SampleScore("m", "t", "s", "m0", Score(0, 1))]
    for cut in (
        Answer("r", "Сч", finish_reason=FinishReason.LENGTH),
        Answer("r", "Сч", full_length_chars=9),
    ):
        assert ErrorClass.CUT is verdict_of(cut, SAMPLE, AnswerKind.REPLY, scores, ())


def test_an_answer_that_few_people_gave_is_partly_right():
    people = Sample("s", "", (), ("blue", "navy") * 5, "d", "", "", "en")

    assert ErrorClass.PARTLY_RIGHT is verdict("navy", Score(0.6, 1), sample=people)


def test_the_value_of_another_question_about_the_document_is_that_of_another_field():
    seller = Sample("a", "seller?", (), ("ООО «Ромашка»",), "d", "invoice", "seller", "ru")
    buyer = Sample("b", "buyer?", (), ("АО Ёлка",), "d", "invoice", "buyer", "ru")
    scan = replace(seller, id="c", targets=("ЗАО Липа",))
    neighbours = Neighbours((seller, buyer, scan))

    def found(text: str, kind: AnswerKind = AnswerKind.REPLY) -> ErrorClass:
        return error_class(Answer("r", text), seller, kind, neighbours)

    assert ErrorClass.OTHER_FIELD is found("ао елка.")
    assert ErrorClass.OTHER_FIELD is not found("ао елка.", AnswerKind.PAGE_TEXT)
    assert ErrorClass.SPACING is found("ООО Ромашка")
    assert ErrorClass.OTHER_FIELD is not found("ЗАО Липа")
    assert ErrorClass.OTHER_VALUE is found("ИП Кедр")


def test_yes_and_no_are_not_the_value_of_another_question():
    first = Sample("a", "Is it signed?", (), ("No",), "d", "", "", "en")
    second = replace(first, id="b", question="Is it stamped?", targets=("Yes",))

    found = error_class(Answer("r", "Yes"), first, AnswerKind.REPLY, Neighbours((first, second)))

    assert ErrorClass.OTHER_VALUE is found


def test_a_value_is_not_made_up_where_one_of_the_targets_has_some_text():
    either = replace(SAMPLE, targets=("", "ООО Ромашка"))

    assert ErrorClass.MISSING_TEXT is verdict("Ромашка", Score(0, 1), sample=either)
    assert ErrorClass.MADE_UP is verdict("Роза", Score(0, 1), sample=replace(SAMPLE, targets=("",)))
