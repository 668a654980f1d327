"""Which inferences a run needs."""

from dataclasses import replace

from tests.build import loaded, model, sample
from vlmhb.domain.task import AnswerKind, Generation
from vlmhb.plan import build_plan, remaining

TEXT = loaded((sample(1), sample(2)), "text", prompt="Read the page.")
FIELDS = loaded(
    (sample(1, question="INN?"), replace(sample(2, question="Total?"), pages=sample(1).pages)),
    "fields",
)


def test_a_model_that_reads_pages_is_asked_once_per_page():
    """Three distinct (page, question) pairs, two distinct pages."""
    plan = build_plan([model(answers=AnswerKind.PAGE_TEXT)], [TEXT, FIELDS])

    assert 2 == len(plan.requests["m"])
    assert [""] * 2 == [request.prompt for request in plan.requests["m"]]
    assert plan.evaluations[0].requests[0][1] == plan.evaluations[1].requests[1][1]


def test_a_model_that_answers_questions_is_asked_each_one():
    plan = build_plan([model()], [TEXT, FIELDS])

    prompts = [request.prompt for request in plan.requests["m"]]
    assert ["Read the page.", "Read the page.", "INN?", "Total?"] == prompts


def test_the_same_question_about_the_same_page_is_asked_once():
    again = loaded((sample(1, question="INN?"),), "again")

    plan = build_plan([model()], [FIELDS, again])

    assert 2 == len(plan.requests["m"])


def test_generation_settings_make_another_request():
    warm = loaded(FIELDS.samples, "warm", generation=Generation(temperature=0.7))

    plan = build_plan([model()], [FIELDS, warm])

    assert 4 == len(plan.requests["m"])


def test_braces_in_a_question_are_just_text():
    odd = loaded((sample(1, question="{0} {question} {x!r}"),), prompt="Q: {question}")

    (request,) = build_plan([model()], [odd]).requests["m"]

    assert "Q: {0} {question} {x!r}" == request.prompt


def test_only_requests_without_an_outcome_remain():
    plan = build_plan([model("a"), model("b")], [FIELDS])
    first, second = plan.requests["a"]
    done = {first.id, *(request.id for request in plan.requests["b"])}

    assert {"a": (second,)} == remaining(plan, done)
