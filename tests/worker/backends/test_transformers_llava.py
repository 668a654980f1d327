"""The parts of the LLaVA backend that need no model: its prompt and its stop strings."""

import pytest
from vlmhb_worker.backends.transformers_llava import cut_at, prompt_text


def test_the_prompt_is_written_as_llava_was_trained():
    assert "USER: <image>\nWhat is the total? ASSISTANT:" == prompt_text(
        "", "What is the total?\n", images=1
    )


def test_the_system_prompt_stands_before_the_question():
    assert prompt_text("Answer briefly.", "Total?", images=1).startswith("Answer briefly. USER: ")


@pytest.mark.parametrize("images", [0, 1, 3])
def test_each_page_has_its_mark(images: int):
    assert images == prompt_text("", "Total?", images).count("<image>\n")


@pytest.mark.parametrize(("system", "prompt"), [("", "see <image>"), ("<image>", "Total?")])
def test_a_prompt_cannot_pass_for_a_page(system: str, prompt: str):
    with pytest.raises(ValueError, match="<image>"):
        prompt_text(system, prompt, images=1)


def test_text_ends_at_the_first_stop_string():
    assert ("449 764,88", True) == cut_at("449 764,88 \n\nand USER: x", ("USER:", "\n\n", ""))


def test_text_without_a_stop_string_stays_whole():
    assert ("449 764,88", False) == cut_at("449 764,88", ("\n",))
