"""The references' prompts, letter by letter."""
# ruff: noqa: E501 - a table reads best with one row a line

from dataclasses import replace
from pathlib import Path

import pytest

from tests.build import sample
from vlmhb.config import Kind, Library, load_prompts
from vlmhb.domain.sample import Sample
from vlmhb.plan.prompts import prompt_for
from vlmhb.system.named_files import built_in_root

CHOICES = (("A", "a cat"), ("C", "a {{dog}}"))
MCQ = replace(sample(question="What is it?"), choices=CHOICES)
HINT = replace(MCQ, metadata={"hint": "Look left."})
PLAIN = sample(question="What is it?")


def of_type(name: str) -> Sample:
    return replace(PLAIN, metadata={"type": name})


@pytest.mark.parametrize(
    ("name", "asked", "expected"),
    [
        (
            "vlmeval-mcq",
            HINT,
            "Hint: Look left.\nQuestion: What is it?\nOptions:\nA. a cat\nC. a {{dog}}\n"
            "Please select the correct answer from the options above. \n",
        ),
        (
            "vlmeval-mcq",
            MCQ,
            "Question: What is it?\nOptions:\nA. a cat\nC. a {{dog}}\n"
            "Please select the correct answer from the options above. \n",
        ),
        ("vlmeval-mcq", PLAIN, "Question: What is it?\n"),
        (
            "vlmeval-mmmu",
            replace(HINT, question="What is <image 1>?"),
            "Hint: Look left.\nQuestion: What is <image 1>?\nOptions:\nA. a cat\nC. a {{dog}}\n"
            "Please select the correct answer from the options above. \n",
        ),
        (
            "vlmeval-vqa",
            PLAIN,
            "What is it?\nAnswer the question using a single word or phrase.",
        ),
        ("vlmeval-raw", PLAIN, "What is it?"),
        (
            "vlmeval-mtvqa",
            PLAIN,
            "What is it?\nAnswer the question using a word or phrase in the language of the question.",
        ),
        ("vlmeval-naturalbench", of_type("yes_no"), "What is it? Please answer Yes or No."),
        (
            "vlmeval-naturalbench",
            of_type("multiple_choice"),
            "What is it? Please output the letter corresponding to the correct option.",
        ),
        (
            "qwen2-vl-mcq",
            HINT,
            "Hint: Look left.\nQuestion: What is it?\nOptions:\nA. a cat\nC. a {{dog}}\n"
            "Please select the correct answer from the options above.",
        ),
        ("qwen2-vl-mcq", PLAIN, "Question: What is it?"),
        (
            "qwen2-vl-vqa",
            PLAIN,
            "What is it?\nPlease try to answer the question with short words or phrases if possible.",
        ),
        ("qwen2-vl-yes-no", PLAIN, "What is it? Please answer yes or no."),
    ],
)
def test_a_prompt_of_a_reference_is_spelled_as_there(
    tmp_path: Path, name: str, asked: Sample, expected: str
):
    prompt = prompt_for([load_prompts(name, tmp_path)], asked)

    assert (expected, "", f"{name}@1 default") == (
        prompt.prompt,
        prompt.system_prompt,
        prompt.source,
    )
    assert (name == "vlmeval-mmmu") == prompt.page_marks


@pytest.mark.parametrize("name", Library((built_in_root(),)).names(Kind.PROMPT))
def test_every_prompt_set_loads_from_an_empty_folder(tmp_path: Path, name: str):
    assert name == load_prompts(name, tmp_path).name
