"""Which inferences a run needs."""

from dataclasses import replace
from typing import Any

import pytest

from tests.build import loaded, model, sample
from vlmhb.domain.model import IMPORTED
from vlmhb.domain.prompt import one_prompt
from vlmhb.domain.task import AnswerKind, Generation
from vlmhb.errors import ConfigError
from vlmhb.plan import build_plan, remaining

TEXT = loaded((sample(1), sample(2)), "text", prompt="Read the page.")
FIELDS = loaded(
    (sample(1, question="INN?"), replace(sample(2, question="Total?"), pages=sample(1).pages)),
    "fields",
)

MARKS = replace(one_prompt("marks", "1", "{{ question }}"), page_marks=True)
MARKED = loaded(FIELDS.samples, "marked", prompts=MARKS)


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


def test_marks_that_place_pages_make_another_request():
    plan = build_plan([model()], [FIELDS, MARKED])

    assert [False, False, True, True] == [asked.page_marks for asked in plan.requests["m"]]
    assert 4 == len({asked.id for asked in plan.requests["m"]})


@pytest.mark.parametrize(
    "changes", [{"answers": AnswerKind.PAGE_TEXT}, {"backend": IMPORTED}], ids=["pages", "imported"]
)
def test_marks_do_not_count_for_a_model_that_is_asked_no_prompt_by_this_run(
    changes: dict[str, Any],
):
    before = build_plan([model(**changes)], [FIELDS]).requests["m"]

    marked = replace(MARKED, task=replace(MARKED.task, name="fields"))
    after = build_plan([model(**changes)], [marked]).requests["m"]

    assert [request.id for request in before] == [request.id for request in after]
    assert [False] * len(after) == [request.page_marks for request in after]


def test_braces_in_a_question_are_just_text():
    odd = loaded((sample(1, question="{0} {{ question }} {x!r}"),), prompt="Q: {{ question }}")

    (request,) = build_plan([model()], [odd]).requests["m"]

    assert "Q: {0} {{ question }} {x!r}" == request.prompt


def test_a_request_says_where_its_prompt_comes_from():
    (first, _) = build_plan([model()], [FIELDS]).requests["m"]

    assert "fields@1 default" == first.prompt_source


def test_where_a_prompt_comes_from_makes_no_other_request():
    again = loaded(FIELDS.samples, "again", prompts=one_prompt("else", "2", "{{ question }}"))

    assert 2 == len(build_plan([model()], [FIELDS, again]).requests["m"])


def test_models_may_be_asked_in_their_own_way():
    own = model("own", prompts={"fields": one_prompt("mine", "1", "Well, {{ question }}")})

    plan = build_plan([model(), own], [FIELDS])

    assert ["INN?", "Total?"] == [request.prompt for request in plan.requests["m"]]
    assert ["Well, INN?", "Well, Total?"] == [r.prompt for r in plan.requests["own"]]


def test_a_model_is_asked_about_its_own_tasks_only():
    no_prompt = loaded((sample(1),), "odd", prompt="{{ metadata.colour }}")
    some = model("some", tasks=("fields",))

    plan = build_plan([model("all"), some], [FIELDS, TEXT])
    alone = build_plan([some], [FIELDS, no_prompt])

    assert ["all/fields", "all/text", "some/fields"] == [one.id for one in plan.evaluations]
    assert (4, 2) == (len(plan.requests["all"]), len(plan.requests["some"]))
    assert 2 == len(alone.requests["some"])


def test_a_model_that_reads_pages_does_not_mind_a_prompt_that_fails():
    odd = loaded((sample(1),), prompt="{{ metadata.colour }}")

    plan = build_plan([model(answers=AnswerKind.PAGE_TEXT)], [odd])

    assert ("", "") == (plan.requests["m"][0].prompt, plan.requests["m"][0].prompt_source)


def test_a_sample_without_a_prompt_stops_the_plan():
    odd = loaded((sample(1),), prompt="{{ metadata.colour }}")

    with pytest.raises(ConfigError, match="task fields: sample 1: prompt fields@1 default: "):
        build_plan([model()], [odd])


def test_only_requests_without_an_outcome_remain():
    plan = build_plan([model("a"), model("b")], [FIELDS])
    first, second = plan.requests["a"]
    done = {first.id, *(request.id for request in plan.requests["b"])}

    assert {"a": (second,)} == remaining(plan, done)
