"""Batched answers are the answers that each request gets alone."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.checkpoint_builds import Checkpoints
from tests.integration.model_workers import ModelWorker, Pages, again, loaded, model_worker
from vlmhb.domain.answer import Answer
from vlmhb.domain.run import Request

pytestmark = pytest.mark.uv

ROWS = 8

PAGES_FIRST = ("llava", "llava_next")
"""Families whose templates write all pages first."""

CASES = {
    "any model in 5": ("qwen2_5_vl", "transformers-5@cpu", "generic"),
    "llava in 4.37": ("llava", "transformers-4.37@cpu", "llava"),
    "llava_next in 4.44": ("llava_next", "transformers-4.44@cpu", "llava_next"),
    "qwen2_vl in 4.46": ("qwen2_vl", "transformers-4.46@cpu", "qwen2_vl"),
    "qwen2_5_vl in 4.51": ("qwen2_5_vl", "transformers-4.51@cpu", "qwen2_5_vl"),
    "idefics3 in 4.51": ("idefics3", "transformers-4.51@cpu", "idefics3"),
    "internvl in 5": ("internvl", "transformers-5@cpu", "internvl"),
    "llava in 5": ("llava", "transformers-5@cpu", "llava"),
    "llava_next in 5": ("llava_next", "transformers-5@cpu", "llava_next"),
    "qwen3_vl in 5": ("qwen3_vl", "transformers-5@cpu", "qwen3_vl"),
    "smolvlm in 5": ("smolvlm", "transformers-5@cpu", "smolvlm"),
}


@pytest.fixture(scope="module", params=list(CASES.values()), ids=list(CASES))
def worker(
    request: pytest.FixtureRequest,
    checkpoints: Checkpoints,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[ModelWorker]:
    """A worker with one tiny checkpoint."""
    checkpoint, env, family = request.param
    told = {"family": family} if family == "generic" else {}
    with model_worker(tmp_path_factory.mktemp(family), checkpoints.env(env)) as running:
        event = running.load(checkpoints.folder(checkpoint, env), batch_size=ROWS, **told)
        assert family == loaded(event).facts["family"]
        yield running


@pytest.fixture
def family(request: pytest.FixtureRequest) -> str:
    """That of the worker's checkpoint."""
    name: str = request.node.callspec.params["worker"][2]
    return name


@pytest.fixture(scope="module")
def questions(tmp_path_factory: pytest.TempPathFactory) -> list[Request]:
    """Long and short prompts, pages of several shapes, two, one or none, system prompts, marks."""
    pages = Pages(tmp_path_factory.mktemp("pages"))
    wide = pages.page(224, 112, "Invoice 42")
    tall = pages.page(90, 300, "INN 7776475933")
    large = pages.page(400, 380, "total 1,234.56")
    return [
        pages.request("short", "Read.", wide),
        pages.request("twin", "Read all that is written on this page.", wide),
        pages.request("long", "What is the invoice number, and what is the total amount?", tall),
        pages.request("two", "Compare the pages.", wide, tall, system_prompt="You are a clerk."),
        pages.request("none", "What can you do without a page?"),
        pages.request("system", "Total?", large, system_prompt="Answer in one word."),
        pages.request("small", "Total?", large, max_pixels=28 * 28 * 8),
        marked(pages.request("marked", "Is <image 2> the invoice of <image 1>?", wide, tall)),
    ]


def test_batched_answers_equal_those_of_each_request_alone(
    worker: ModelWorker, questions: list[Request]
):
    """Also their token counts and reasons to stop: padding must not be seen anywhere."""
    alone = {}
    for question in again(questions, "-alone"):
        alone.update(worker.answers([question]))

    together = worker.answers(again(questions, "-together"))

    assert {question.id: _essence(alone[question.id + "-alone"]) for question in questions} == {
        question.id: _essence(together[question.id + "-together"]) for question in questions
    }
    # Batch mates write their first token in the same moment.
    assert len({answer.timing.first_token_s for answer in together.values()}) < len(questions)
    assert len({answer.text for answer in alone.values()}) > 1
    assert {()} == {answer.degraded for name, answer in together.items() if "marked" not in name}


def test_pages_stand_at_their_marks_or_the_answer_says_that_they_do_not(
    worker: ModelWorker, family: str, tmp_path: Path
):
    pages = Pages(tmp_path)
    wide, tall = pages.page(224, 112, "Invoice 42"), pages.page(90, 300, "INN 7776475933")
    asked = [
        pages.request("first", "Compare them.", tall, wide),
        marked(pages.request("first-marked", "<image 2><image 1>Compare them.", wide, tall)),
        marked(pages.request("last-marked", "Compare them.<image 2><image 1>", wide, tall)),
        pages.request("one", "Compare them.", tall),
        marked(pages.request("one-marked", "<image 2>Compare them.", wide, tall)),
    ]

    got = worker.answers(asked)

    if family in PAGES_FIRST:
        marks = {name: answer.degraded for name, answer in got.items()}
        missed = ("page marks left in the text",)
        assert marks == {name: missed if "marked" in name else () for name in got}
        return
    assert {()} == {answer.degraded for answer in got.values()}
    assert _essence(got["first"]) == _essence(got["first-marked"])
    assert _essence(got["one"]) == _essence(got["one-marked"])
    assert got["first"].usage.image_tokens == got["last-marked"].usage.image_tokens
    assert got["first"].text != got["last-marked"].text


def test_a_system_prompt_changes_the_answers(worker: ModelWorker, questions: list[Request]):
    """It is easily lost on the way: many templates drop a system turn without a word."""
    without = [replace(question, system_prompt="") for question in questions[:3]]
    with_system = [replace(question, system_prompt="Be brief.") for question in without]

    plain = worker.answers(again(without, "-plain"))
    told = worker.answers(again(with_system, "-told"))

    assert {answer.text for answer in plain.values()} != {answer.text for answer in told.values()}
    assert all(
        (told[question.id + "-told"].usage.prompt_tokens or 0)
        > (plain[question.id + "-plain"].usage.prompt_tokens or 0)
        for question in without
    )


def marked(question: Request) -> Request:
    return replace(question, page_marks=True)


def _essence(answer: Answer) -> tuple[object, ...]:
    return answer.text, answer.finish_reason, answer.usage
