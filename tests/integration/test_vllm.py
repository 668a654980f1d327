"""vLLM's engine in a real worker, on the CPU, with a tiny Qwen2-VL: `make test-engines`."""

import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.checkpoint_builds import Checkpoints
from tests.integration.model_workers import (
    ModelWorker,
    Pages,
    again,
    answered,
    failed,
    loaded,
    model_worker,
)
from vlmhb.domain.answer import Answer, FailureReason
from vlmhb.domain.digest import Json
from vlmhb.domain.model import ModelSpec
from vlmhb.domain.run import Request
from vlmhb.domain.task import AnswerKind
from vlmhb.worker import DeathKind, Loaded

pytestmark = [pytest.mark.uv, pytest.mark.slow]

ENV = "vllm@cpu"
SEATS = 4
PARAMS: dict[str, Json] = {
    "dtype": "float32",
    "max_model_len": 2048,
    "max_num_seqs": SEATS,
    "max_pages": 2,
    "kv_cache_gib": 0.25,
    "engine": {"enforce_eager": True},
}
SPEC = ModelSpec("model", "vlmhb_worker.backends.vllm:Vllm", ENV, AnswerKind.REPLY, PARAMS)


@pytest.fixture(scope="module")
def engine(
    checkpoints: Checkpoints, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[ModelWorker, Loaded]]:
    """A worker with the engine, and what it said when it was loaded."""
    weights = checkpoints.folder("qwen2_vl", ENV)
    with model_worker(tmp_path_factory.mktemp("vllm"), checkpoints.env(ENV)) as running:
        yield running, loaded(running.load_model(SPEC, weights))


@pytest.fixture(scope="module")
def worker(engine: tuple[ModelWorker, Loaded]) -> ModelWorker:
    return engine[0]


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Pages:
    return Pages(tmp_path_factory.mktemp("pages"))


@pytest.fixture(scope="module")
def questions(pages: Pages) -> list[Request]:
    """More than the engine has seats: pages of several shapes, two pages, none, system prompts."""
    wide = pages.page(224, 112, "Invoice 42")
    tall = pages.page(90, 300, "INN 7776475933")
    return [
        pages.request("wide", "Read.", wide),
        pages.request("tall", "What is the invoice number, and what is the total?", tall),
        pages.request("two", "Compare the pages.", wide, tall),
        pages.request("none", "What can you do without a page?"),
        pages.request("system", "Read.", wide, system_prompt="Answer in one word."),
        *(pages.request(f"more {n}", f"Read line {n}.", tall, max_new_tokens=40) for n in range(8)),
    ]


def essence(answer: Answer) -> tuple[object, ...]:
    return answer.text, answer.finish_reason, answer.usage


def test_what_was_loaded_is_told(engine: tuple[ModelWorker, Loaded]):
    _, event = engine

    assert event.window > SEATS
    assert {
        "vllm": "0.32.0",
        "dtype": "torch.float32",
        "attention": "CPU_ATTN",
        "max_model_len": "2048",
        "max_num_seqs": str(SEATS),
    }.items() <= event.facts.items()
    assert 2048 < int(event.facts["kv_cache_tokens"])


def test_answers_in_flight_together_equal_those_of_each_request_alone(
    worker: ModelWorker, questions: list[Request]
):
    alone = {}
    for question in again(questions, "-alone"):
        alone.update(worker.answers([question]))

    together = worker.answers(again(questions, "-together"))

    assert {question.id: essence(alone[f"{question.id}-alone"]) for question in questions} == {
        question.id: essence(together[f"{question.id}-together"]) for question in questions
    }
    assert len(questions) - 2 < len({answer.text for answer in alone.values()})


def test_pages_and_system_prompt_reach_the_model(worker: ModelWorker, questions: list[Request]):
    answers = worker.answers(again(questions[:5], "-pages"))

    usage = {name: answer.usage for name, answer in answers.items()}
    assert 0 == usage["none-pages"].image_tokens
    assert usage["two-pages"].image_tokens == (
        (usage["wide-pages"].image_tokens or 0) + (usage["tall-pages"].image_tokens or 0)
    )
    assert answers["wide-pages"].text != answers["system-pages"].text


def test_pages_stand_at_their_marks(worker: ModelWorker, pages: Pages):
    wide, tall = pages.page(224, 112, "Invoice 42"), pages.page(90, 300, "INN 7776475933")
    asked = [
        pages.request("first", "Compare them.", tall, wide),
        pages.request("first-marked", "<image 2><image 1>Compare them.", wide, tall),
        pages.request("last-marked", "Compare them.<image 2><image 1>", wide, tall),
        pages.request("one", "Compare them.", tall),
        pages.request("one-marked", "<image 2>Compare them.", wide, tall),
    ]

    got = worker.answers(replace(one, page_marks="marked" in one.id) for one in asked)

    assert {()} == {answer.degraded for answer in got.values()}
    assert essence(got["first"]) == essence(got["first-marked"])
    assert essence(got["one"]) == essence(got["one-marked"])
    assert got["first"].usage.image_tokens == got["last-marked"].usage.image_tokens
    assert got["first"].text != got["last-marked"].text


def test_each_answer_has_its_own_times(worker: ModelWorker, questions: list[Request]):
    answers = worker.answers(again(questions, "-timed"))

    for answer in answers.values():
        first, whole = answer.timing.first_token_s, answer.timing.generate_s
        assert first is not None
        assert whole is not None
        assert 0 < first <= whole
        assert answer.timing.preprocess_s is not None
    assert len(questions) // 2 < len({answer.timing.generate_s for answer in answers.values()})


def test_a_cancelled_request_frees_its_seat(worker: ModelWorker, pages: Pages):
    page = pages.page(224, 112, "Invoice 42")
    endless = [
        pages.request(f"endless {n}", f"Line {n}?", page, max_new_tokens=1900, temperature=2.0)
        for n in range(2 * SEATS)
    ]
    for request in endless:
        worker.worker.send(request)
        worker.worker.cancel(request.id)

    outcomes = worker.ask([pages.request("after", "Read.", page)])

    settled = [outcomes.pop("after")]
    assert isinstance(settled[0], Answer)
    reasons = {failed(outcome).reason for outcome in outcomes.values()}
    assert reasons == {FailureReason.CANCELLED}


def test_sampling_follows_its_seed(worker: ModelWorker, pages: Pages):
    page = pages.page(224, 112, "Invoice 42")

    def text(identity: str, seed: int) -> str:
        request = pages.request(identity, "Read.", page, temperature=1.0, seed=seed)
        return answered(worker.ask([request])[identity]).text

    assert text("first", 1) == text("again", 1)
    assert text("first-", 1) != text("other", 2)


def test_the_answer_ends_before_a_stop_string_or_at_its_limit(worker: ModelWorker, pages: Pages):
    page = pages.page(224, 112, "Invoice 42")
    whole = pages.request("whole", "Read line 3.", page, max_new_tokens=9)
    text = answered(worker.ask([whole])["whole"]).text
    mark = text[4:8]

    stopped = replace(whole, id="stopped", generation=replace(whole.generation, stop=(mark,)))
    outcome = answered(worker.ask([stopped])["stopped"])

    assert text[: text.index(mark)].strip() == outcome.text
    assert "stop" == outcome.finish_reason


@pytest.mark.parametrize(("fewest", "most"), [(4, 9), (90, 110)])
def test_pages_are_shown_in_the_size_that_the_task_asks_for(
    worker: ModelWorker, pages: Pages, fewest: int, most: int
):
    low, high = fewest * 28 * 28, most * 28 * 28
    page = pages.page(300, 300, "x")
    request = pages.request(f"pixels {most}", "Read.", page, min_pixels=low, max_pixels=high)

    tokens = answered(worker.ask([request])[request.id]).usage.image_tokens

    assert tokens is not None
    assert fewest <= tokens <= most


def test_requests_that_cannot_be_answered_fail_alone(worker: ModelWorker, pages: Pages):
    page = pages.page(224, 112, "Invoice 42")
    gone = replace(page, path="gone.png")
    outcomes = worker.ask(
        [
            pages.request("gone", "Read.", gone),
            pages.request("long", "word " * 3000, page),
            pages.request("pages", "Read.", page, page, page),
            pages.request("good", "Read.", page),
        ]
    )

    assert FailureReason.INPUT_ERROR == failed(outcomes["gone"]).reason
    for name, said in {"long": "context length is 2048", "pages": "At most 2 image"}.items():
        assert FailureReason.INPUT_ERROR == failed(outcomes[name]).reason
        assert said in failed(outcomes[name]).error.message
    assert isinstance(outcomes["good"], Answer)


def test_pages_that_are_too_large_together_can_be_asked_about_alone(
    worker: ModelWorker, pages: Pages
):
    """The engine refuses them after its front end has prepared and remembered them."""
    both = [pages.page(224, 112, text) for text in ("one of two", "two of two")]
    limits: dict[str, Any] = {"min_pixels": 1100 * 28 * 28, "max_pixels": 1300 * 28 * 28}

    large = failed(worker.ask([pages.request("large", "Read.", *both, **limits)])["large"])
    alone = worker.answers(
        pages.request(page.path, "Read.", page, max_new_tokens=2, **limits) for page in both
    )

    assert FailureReason.INPUT_ERROR == large.reason
    assert "longer than the maximum model length" in large.error.message
    assert "params.max_model_len" in large.error.message
    assert 2 == len(alone)


def test_an_engine_that_dies_ends_the_worker_and_all_its_processes(
    checkpoints: Checkpoints, tmp_path: Path, pages: Pages
):
    weights = checkpoints.folder("qwen2_vl", ENV)
    with model_worker(tmp_path, checkpoints.env(ENV)) as running:
        loaded(running.load_model(SPEC, weights))
        children = psutil.Process(running.worker.pid).children(recursive=True)
        engine = max(children, key=lambda child: child.memory_info().rss)
        running.worker.send(pages.request("owed", "Read.", max_new_tokens=1900, temperature=2.0))

        os.kill(engine.pid, signal.SIGKILL)
        death = running.death().death

    assert DeathKind.EXIT == death.kind
    assert "exit code 70" in death.detail
    assert "EngineDeadError" in death.stderr_tail
    assert not any(child.is_running() for child in children)


def test_weights_that_are_no_checkpoint_are_told_before_the_engine_starts(
    checkpoints: Checkpoints, tmp_path: Path
):
    with model_worker(tmp_path, checkpoints.env(ENV)) as running:
        event = running.load_model(SPEC, tmp_path)

    assert not isinstance(event, Loaded)
    assert str(tmp_path) in event.error.message


def test_an_engine_that_cannot_start_says_why(checkpoints: Checkpoints, tmp_path: Path):
    """Its processes print it; what vLLM itself raises only says to look there."""
    greedy = replace(SPEC, params={**PARAMS, "kv_cache_gib": 100_000})
    with model_worker(tmp_path, checkpoints.env(ENV)) as running:
        event = running.load_model(greedy, checkpoints.folder("qwen2_vl", ENV))

    assert not isinstance(event, Loaded)
    assert event.error.type.endswith("EngineFailedError")
    assert "100000" in event.error.message.replace(",", "")
