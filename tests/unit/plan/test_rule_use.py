"""How many samples each rule of the prompt sets is for."""

from dataclasses import replace

import pytest

from tests.build import loaded, model, sample
from vlmhb.domain.prompt import PromptSet, PromptText
from vlmhb.domain.sample import Sample
from vlmhb.domain.task import AnswerKind
from vlmhb.plan import RuleCount, RuleUse, build_plan, rule_uses

ASK, BOTH = PromptText("Read."), PromptText("Read.", "You read.")
SET = PromptSet(
    "pt",
    "1",
    default=ASK,
    classes={"act": BOTH, "form": ASK},
    fields={"act total": ASK, "act date": ASK},
)


def of(doc_class: str, question_type: str, number: int) -> Sample:
    return replace(sample(number), doc_class=doc_class, question_type=question_type)


SAMPLES = tuple(
    of(doc_class, question_type, number)
    for number, (doc_class, question_type) in enumerate(
        [
            ("act", "total"),
            ("act", "total"),
            ("act", "date"),
            ("act", "name"),
            ("form", "name"),
            ("invoice", "total"),
        ]
    )
)


def test_every_sample_is_counted_for_the_rule_that_wins():
    (use,) = rule_uses([model()], [loaded(SAMPLES, prompts=SET)])

    assert (
        RuleCount("pt@1", "field act total", 2),
        RuleCount("pt@1", "field act date", 1),
        RuleCount("pt@1", "class act", 1),
        RuleCount("pt@1", "class form", 1),
        RuleCount("pt@1", "default", 1),
    ) == use.prompts
    assert (RuleCount("pt@1", "class act", 4),) == use.system_prompts


def test_what_is_counted_is_what_is_asked():
    task = loaded(SAMPLES, prompts=SET)
    (use,) = rule_uses([model()], [task])
    (evaluation,) = build_plan([model()], [task]).evaluations
    sources = {
        request.id: request.prompt_source for request in build_plan([model()], [task]).requests["m"]
    }

    counted = {f"{one.prompts} {one.rule}": one.samples for one in use.prompts}
    for _, request_id in evaluation.requests:
        counted[sources[request_id].split("; ")[0]] -= 1

    assert {0} == set(counted.values())


def test_models_are_together_that_are_asked_with_the_same_sets():
    own = PromptSet("own", "2", fixed=PromptText("Look.", "You look."))
    models = [
        model("a"),
        model("b"),
        model("c", prompts={"*": own}),
        model("ocr", AnswerKind.PAGE_TEXT),
    ]

    uses = rule_uses(models, [loaded(SAMPLES, prompts=SET)])

    assert [("a", "b"), ("c",)] == [use.models for use in uses]
    fixed = (RuleCount("own@2", "fixed", 6),)
    assert RuleUse("fields", ("c",), fixed, fixed) == uses[1]


@pytest.mark.parametrize("text", [PromptText("Read."), PromptText(None, "You read.")])
def test_a_set_of_one_kind_of_text_leaves_the_other_to_the_task(text: PromptText):
    own = PromptSet("own", "2", default=text)
    task = replace(SET, default=BOTH, classes={}, fields={})

    (use,) = rule_uses([model(prompts={"*": own})], [loaded(SAMPLES, prompts=task)])

    said = {"own@2": text.prompt is not None, "pt@1": text.prompt is None}
    assert [name for name, is_asked in said.items() if is_asked] == [
        one.prompts for one in use.prompts
    ]
    assert [name for name, is_asked in said.items() if not is_asked] == [
        one.prompts for one in use.system_prompts
    ]


def test_models_that_each_read_the_same_file_are_told_together():
    models = [replace(model(name), prompts={"*": replace(SET)}) for name in ("a", "b")]

    (use,) = rule_uses(models, [loaded(SAMPLES)])

    assert ("a", "b") == use.models
