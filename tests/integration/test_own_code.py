"""A checkpoint that brings its own code, in a real worker: InternVL's interface, as a stand-in."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.checkpoint_builds import Checkpoints
from tests.integration.model_workers import (
    ModelWorker,
    Pages,
    answered,
    failed,
    loaded,
    model_worker,
)
from vlmhb.domain.answer import Answer
from vlmhb.domain.run import Request
from vlmhb.worker import LoadFailed

pytestmark = pytest.mark.uv

ENV = "transformers-4.44@cpu"
FAMILY = "internvl_chat"


@pytest.fixture(scope="module")
def weights(checkpoints: Checkpoints, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The checkpoint, in a folder whose name is no name for Python."""
    folder = tmp_path_factory.mktemp("own")
    checkpoints.run(ENV, "tests.checkpoints", FAMILY, folder)
    return (folder / FAMILY).rename(folder / "Own-VL-2.6")


@pytest.fixture(scope="module")
def worker(
    weights: Path, checkpoints: Checkpoints, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ModelWorker]:
    """A worker that was allowed to run the code."""
    with model_worker(tmp_path_factory.mktemp("worker"), checkpoints.env(ENV)) as running:
        event = loaded(running.load(weights, trust_remote_code=True, family=FAMILY))
        assert FAMILY == event.facts["family"]
        assert event.facts["modeling_own.py"].startswith("sha256:")
        yield running


def answers_one_by_one(worker: ModelWorker, requests: list[Request]) -> dict[str, Answer]:
    """The answers to these requests, each sent when the one before was answered."""
    return {request.id: worker.answers([request])[request.id] for request in requests}


def test_code_runs_only_where_the_model_file_allows_it(
    weights: Path, checkpoints: Checkpoints, tmp_path: Path
):
    with model_worker(tmp_path, checkpoints.env(ENV)) as running:
        event = running.load(weights, family=FAMILY)

    assert isinstance(event, LoadFailed)
    assert event.error.type.endswith("RemoteCodeError")
    assert "write `trust_remote_code: true` in the model file" in event.error.message


def test_answers_depend_on_prompt_system_prompt_and_every_page(worker: ModelWorker, tmp_path: Path):
    pages = Pages(tmp_path)
    first, second = pages.page(112, 112, "total 12"), pages.page(112, 56, "total 7 and more")
    requests = [
        pages.request("first", "Total?", first),
        pages.request("again", "Total?", first),
        pages.request("second", "Total?", second),
        pages.request("other prompt", "Supplier?", first),
        pages.request("system", "Total?", first, system_prompt="Be brief."),
        pages.request("both", "Total?", first, second),
        pages.request("swapped", "Total?", second, first),
        pages.request("none", "Total?"),
    ]

    answers = answers_one_by_one(worker, requests)

    assert answers["first"].text == answers["again"].text
    assert len(requests) - 1 == len({answer.text for answer in answers.values()})


def test_tokens_are_counted_by_what_the_model_sees(worker: ModelWorker, tmp_path: Path):
    """A page of two squares is shown with an overview, one of a single square alone."""
    pages = Pages(tmp_path)
    wide, square = pages.page(112, 56, "wide"), pages.page(56, 56, "square")

    answers = answers_one_by_one(
        worker,
        [
            pages.request("wide", "Total?", wide),
            pages.request("square", "Total?", square),
            pages.request("fewer", "Total?", wide, max_pixels=56 * 56),
        ],
    )

    usage = {name: answer.usage for name, answer in answers.items()}
    assert [12, 4, 4] == [usage[name].image_tokens for name in ("wide", "square", "fewer")]
    assert usage["wide"].prompt_tokens == usage["square"].prompt_tokens
    assert all(0 < (used.completion_tokens or 0) <= 16 for used in usage.values())


def test_an_answer_ends_before_a_stop_string(worker: ModelWorker, tmp_path: Path):
    pages = Pages(tmp_path)
    page = pages.page(56, 56, "page")
    whole = answered(worker.ask([pages.request("whole", "Total?", page)])["whole"]).text
    stop = whole[len(whole) // 2 :][:3]

    cut = answered(worker.ask([pages.request("cut", "Total?", page, stop=(stop,))])["cut"])

    assert whole[: whole.index(stop)].rstrip() == cut.text
    assert "stop" == cut.finish_reason


def test_a_prompt_with_the_models_mark_for_a_page_fails_alone(worker: ModelWorker, tmp_path: Path):
    pages = Pages(tmp_path)
    page = pages.page(56, 56, "page")

    outcomes = worker.ask(
        [pages.request("mark", "see <image>", page), pages.request("good", "Total?", page)]
    )

    assert "the prompt holds <image>" in failed(outcomes["mark"]).error.message
    assert answered(outcomes["good"]).text
