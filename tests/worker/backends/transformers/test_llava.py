"""LLaVA-1.5 without a chat template: the words it was trained on."""

import pytest
from vlmhb_worker.backend import Page
from vlmhb_worker.backends.transformers.families.llava import LlavaFamily


def conversation(system_prompt: str, prompt: str, pages: int) -> str:
    family = LlavaFamily()
    family.template, family.mark = "", "<image>"
    return family.conversation(system_prompt, (*[Page("")] * pages, prompt))


def test_the_prompt_is_written_as_llava_was_trained():
    assert "USER: <image>\nWhat is the total? ASSISTANT:" == conversation(
        "", "What is the total?\n", 1
    )


def test_the_system_prompt_stands_before_the_question():
    assert conversation("Answer briefly.", "Total?", 1).startswith("Answer briefly. USER: ")


@pytest.mark.parametrize("pages", [0, 1, 3])
def test_each_page_has_its_mark(pages: int):
    assert pages == conversation("", "Total?", pages).count("<image>\n")
