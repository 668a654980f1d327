"""Which prompt a sample gets."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from tests.build import loaded, model, sample, task
from vlmhb.domain.model import ModelSpec
from vlmhb.domain.prompt import PromptSet, PromptText, one_prompt
from vlmhb.domain.sample import Sample
from vlmhb.domain.task import AnswerKind
from vlmhb.errors import ConfigError
from vlmhb.plan.prompts import PromptProblem, Prompts, prompt_for, sets_for, sets_in_use

NAME = replace(sample(1), doc_class="passport", question_type="Имя")
SEX = replace(sample(2), doc_class="passport", question_type="Пол")
TOTAL = sample(3)
SET = PromptSet(
    "passports",
    "2",
    PromptText("default", "system default"),
    {"passport": PromptText("class", None)},
    {"passport Имя": PromptText("field", "system field")},
)
OWN = one_prompt("own", "1", "own {{ question }}")
SYSTEM = PromptSet("brief", "1", PromptText(None, "Be brief."))


def asked(sample_: Sample, *sets: PromptSet) -> tuple[str, str, str]:
    prompt = prompt_for(sets, sample_)
    return prompt.prompt, prompt.system_prompt, prompt.source


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (NAME, ("field", "system field", "passports@2 field passport Имя")),
        (
            SEX,
            (
                "class",
                "system default",
                "passports@2 class passport; system prompt passports@2 default",
            ),
        ),
        (TOTAL, ("default", "system default", "passports@2 default")),
    ],
)
def test_a_field_comes_before_its_class_and_that_before_the_default(
    one: Sample, expected: tuple[str, str, str]
):
    assert expected == asked(one, SET)


def test_what_is_fixed_comes_before_everything():
    fixed = replace(SET, fixed=PromptText("fixed"))

    source = "passports@2 fixed; system prompt passports@2 field passport Имя"
    assert ("fixed", "system field", source) == asked(NAME, fixed)


def test_a_sample_without_a_prompt_is_named_with_its_key():
    with pytest.raises(PromptProblem, match="passports@2 has no prompt for 'invoice total'"):
        asked(TOTAL, replace(SET, default=PromptText()))


def test_a_sample_without_class_and_field_is_told_in_words():
    nothing = replace(TOTAL, doc_class="", question_type="")

    with pytest.raises(PromptProblem, match="no prompt for a sample without class and field; add"):
        asked(nothing, replace(SET, default=PromptText()))


def test_a_text_that_is_no_template_is_sent_as_it_is():
    literal = PromptSet("texts", "1", PromptText("{{ question }} {% x", is_template=False))

    assert "{{ question }} {% x" == asked(TOTAL, literal)[0]


def test_an_empty_system_prompt_is_one():
    silent = replace(SET, fields={"passport Имя": PromptText("field", "")})

    assert "" == asked(NAME, silent)[1]


def test_a_set_of_system_prompts_leaves_the_prompt_to_the_task():
    expected = ("default", "Be brief.", "passports@2 default; system prompt brief@1 default")

    assert expected == asked(TOTAL, SYSTEM, SET)


@pytest.mark.parametrize(("marked", "expected"), [(SET, True), (SYSTEM, False)])
def test_marks_place_pages_where_the_set_that_gave_the_prompt_says_so(
    marked: PromptSet, expected: bool
):
    sets = [replace(one, page_marks=one is marked) for one in (SYSTEM, SET)]

    assert expected == prompt_for(sets, TOTAL).page_marks


def test_a_set_of_prompts_leaves_the_system_prompt_to_the_task():
    source = "own@1 default; system prompt passports@2 default"

    assert ("own Which number?", "system default", source) == asked(TOTAL, OWN, SET)


@pytest.mark.parametrize(
    ("prompts", "expected"),
    [
        ({}, (SET,)),
        ({"fields": OWN}, (OWN, SET)),
        ({"*": OWN}, (OWN, SET)),
        ({"other": OWN}, (SET,)),
        ({"*": OWN, "fields": SYSTEM}, (SYSTEM, SET)),
        ({"fields": SET}, (SET,)),
    ],
)
def test_a_model_is_asked_with_its_own_set_first(
    prompts: dict[str, PromptSet], expected: tuple[PromptSet, ...]
):
    assert expected == sets_for(model(prompts=prompts), task(prompts=SET))


def test_a_set_with_prompts_stands_alone_where_the_task_has_no_system_prompt():
    assert (OWN,) == sets_for(model(prompts={"*": OWN}), task())


def test_a_model_that_reads_pages_uses_no_set():
    reader = model("r", AnswerKind.PAGE_TEXT)

    assert () == sets_in_use([reader], task())
    assert () == sets_in_use([model(tasks=("other",))], task("fields"))
    assert (task().prompts, OWN) == sets_in_use(
        [model(), reader, model("b", prompts={"*": OWN}), model("c", prompts={"*": OWN})], task()
    )


def problems(models: Sequence[ModelSpec], *samples: Sample, prompt: str) -> tuple[str, ...]:
    prompts = Prompts()
    for one in models:
        prompts.of(one, loaded(samples, prompt=prompt))
    with pytest.raises(ConfigError) as caught:
        prompts.raise_if_wrong()
    return caught.value.issues


def test_a_template_that_fails_names_task_sample_and_what_is_missing():
    has = replace(sample(1), metadata={"colour": "red", "size": 1})
    others = [replace(sample(number), metadata={"size": 2}) for number in (2, 3, 4)]

    found = problems([model("a"), model("b")], has, *others, prompt="{{ metadata.colour }}")

    expected = "prompt fields@1 default: the metadata has no 'colour'; it has: size"
    assert (f"task fields: sample 2 and 2 more: {expected}",) == found


def test_every_kind_of_trouble_is_told():
    first = replace(sample(1), metadata={"a": 1})
    second = replace(sample(2), metadata={"b": 1})

    assert 2 == len(problems([model()], first, second, prompt="{{ metadata.c }}"))
