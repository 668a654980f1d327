"""Rules that fit no sample."""

from dataclasses import replace

from tests.build import loaded, model, sample
from vlmhb.domain.prompt import PromptSet, PromptText
from vlmhb.domain.run import LoadedTask
from vlmhb.domain.task import AnswerKind
from vlmhb.plan import unused_rules

TEXT = PromptText("Read.")
SET = PromptSet("pt", "1", TEXT, {"invoice": TEXT}, {"invoice total": TEXT})


def task_with(prompts: PromptSet, name: str = "fields") -> LoadedTask:
    return loaded((sample(1), sample(2)), name, prompts=prompts)


def test_rules_that_samples_have_need_no_word():
    assert () == unused_rules([model()], [task_with(SET)])


def test_a_misspelt_rule_is_told_with_the_one_that_was_meant():
    prompts = replace(SET, classes={"invoise": TEXT}, fields={"invoice totl": TEXT})

    notes = unused_rules([model(), model("n")], [task_with(prompts)])

    assert (
        "prompt set pt@1: no sample here is of class 'invoise' (did you mean 'invoice'?)",
        "prompt set pt@1: no sample here is of field 'invoice totl'"
        " (did you mean 'invoice total'?)",
    ) == notes


def test_a_rule_is_used_when_any_task_has_a_sample_for_it():
    prompts = replace(SET, classes={"invoice": TEXT, "act": TEXT})
    acts = loaded((replace(sample(3), doc_class="act"),), "acts", prompts=prompts)

    assert () == unused_rules([model()], [task_with(prompts), acts])


def test_many_unused_rules_are_told_in_short():
    prompts = replace(SET, classes={name * 9: TEXT for name in "qwxyz"})

    (note,) = unused_rules([model()], [task_with(prompts)])

    assert note.endswith("'xxxxxxxxx' and 2 more")


def test_a_model_that_takes_no_prompts_uses_no_rules():
    prompts = replace(SET, classes={"invoise": TEXT})

    assert () == unused_rules([model("ocr", AnswerKind.PAGE_TEXT)], [task_with(prompts)])
