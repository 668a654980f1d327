"""Real workers with real tiny models that run out of memory, are cancelled or lose their device."""

import json
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.checkpoint_builds import Checkpoints
from tests.integration.model_workers import (
    PATIENCE_S,
    ModelWorker,
    Pages,
    again,
    answered,
    failed,
    loaded,
    model_worker,
)
from vlmhb.domain.answer import Answer, FailureReason
from vlmhb.domain.run import Request
from vlmhb.worker import Answered

pytestmark = pytest.mark.uv

OLDEST = "transformers-4.37@cpu"
QWEN = "transformers-4.46@cpu"
FAMILIES = Path(__file__).with_name("lent_families") / "odd_families.py"


class Lent:
    """The folder with the odd families: what they are told and what they tell."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        self.folder = folder
        shutil.copy(FAMILIES, folder)

    def tell(self, name: str, value: object) -> None:
        """At once: a worker that reads meanwhile finds the one or the other."""
        new = self.folder / f"{name}.new"
        new.write_text(json.dumps(value), encoding="utf-8")
        new.replace(self.folder / f"{name}.json")

    def told(self, name: str) -> list[Any]:
        file = self.folder / f"{name}.log"
        lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
        return [json.loads(line) for line in lines]

    def forget(self, name: str) -> None:
        (self.folder / f"{name}.log").unlink(missing_ok=True)

    def wait_for(self, name: str, lines: int) -> None:
        """Until the families have told so much."""
        patience_s = time.monotonic() + PATIENCE_S
        while len(self.told(name)) < lines:
            assert time.monotonic() < patience_s, self.told(name)
            time.sleep(0.005)


@pytest.fixture
def lent(tmp_path: Path) -> Lent:
    return Lent(tmp_path / "lent")


@pytest.fixture
def pages(tmp_path: Path) -> Pages:
    return Pages(tmp_path / "pages")


Start = Callable[..., AbstractContextManager[ModelWorker]]


@pytest.fixture
def start(checkpoints: Checkpoints, tmp_path: Path, lent: Lent) -> Start:
    """Starts a worker with one of the odd families."""

    @contextmanager
    def running(odd: str, model: str, env: str, **params: Any) -> Iterator[ModelWorker]:
        with model_worker(tmp_path, checkpoints.env(env), str(lent.folder)) as worker:
            family = f"odd_families:{odd}"
            loaded(worker.load(checkpoints.folder(model, env), family=family, **params))
            yield worker

    return running


def ask(pages: Pages, count: int, **generation: Any) -> list[Request]:
    """Requests that weigh the same."""
    page = pages.page(120, 80, "Total 42")
    return [pages.request(f"r{number}", "Read it.", page, **generation) for number in range(count)]


def answers_in_one_go(
    worker: ModelWorker, lent: Lent, questions: list[Request], ahead: int
) -> dict[str, Answer]:
    """The answers to questions of which so many are prepared before the first is written.

    However slowly they arrive, the same batches come of them: a question before them keeps the
    model busy meanwhile, and is neither among the answers nor in the record of batches.
    """
    (first,) = again(questions[:1], "-before")
    lent.tell("busy", True)
    lent.forget("batches")
    worker.worker.send(first)
    lent.wait_for("batches", 1)
    lent.forget("batches")
    lent.forget("prepared")
    for question in questions:
        worker.worker.send(question)
    lent.wait_for("prepared", ahead)
    lent.tell("busy", False)
    outcomes = worker.outcomes([first, *questions])
    return {key: answered(one) for key, one in outcomes.items() if key != first.id}


def test_a_batch_that_is_too_large_is_halved_and_the_safe_size_remembered(
    start: Start, lent: Lent, pages: Pages
):
    """Memory for 8, then 4, 2, 1 and no row at all: each its readable outcome, in one process."""
    questions = ask(pages, 8)
    lent.tell("rows", 8)
    lent.tell("busy", False)
    with start("HungryLlava", "llava", OLDEST, batch_size=8) as worker:
        answers = answers_in_one_go(worker, lent, questions, ahead=8)
        texts = {key: answer.text for key, answer in answers.items()}
        assert [8] == lent.told("batches")

        for rows, ahead, tried in (
            (4, 8, [8, 4, 4]),
            (2, 8, [4, 2, 2, 2, 2]),
            (1, 4, [2] + [1] * 8),
        ):
            lent.tell("rows", rows)
            answers = answers_in_one_go(worker, lent, again(questions, f"-{rows}"), ahead)

            assert tried == lent.told("batches")
            assert texts == {key.rpartition("-")[0]: one.text for key, one in answers.items()}
            marks = {answer.degraded for answer in answers.values()}
            assert (f"batch_size {2 * rows} -> {rows}",) in marks
            assert marks <= {(), (f"batch_size {2 * rows} -> {rows}",)}

        lent.tell("rows", 0)
        outcomes = worker.ask(again(questions[:2], "-0"))

        reasons = {failed(outcome).reason for outcome in outcomes.values()}
        assert {FailureReason.OOM} == reasons
        lent.tell("rows", 1)
        assert texts["r0"] == worker.answers(again(questions[:1], "-after"))["r0-after"].text


def test_pages_are_shown_smaller_when_the_task_allows_it(start: Start, lent: Lent, pages: Pages):
    """The tiny Qwen2-VL takes a position for each 28 x 28 pixels."""
    page = pages.page(220, 200, "Total 42")
    question = pages.request("full", "Read it.", page, min_pixels=28 * 28 * 4)
    smaller = replace(question, generation=replace(question.generation, may_shrink=True))
    lent.tell("positions", 10_000)
    with start("HungryQwen", "qwen2_vl", QWEN, batch_size=2) as worker:
        whole = worker.answers([question])["full"].usage.image_tokens
        assert whole is not None
        lent.tell("positions", 50)

        first = worker.answers(again([smaller], "-shrunk"))["full-shrunk"]
        lent.forget("lengths")
        second = worker.answers(again([smaller], "-again"))["full-again"]
        refused = worker.ask(again([question], "-refused"))["full-refused"]

    (mark,) = first.degraded
    assert mark.startswith("max_pixels ")
    assert (first.usage.image_tokens or 0) <= whole / 2
    assert (first.text, first.usage, first.degraded) == (
        second.text,
        second.usage,
        second.degraded,
    )
    assert all(length <= 50 for (length,) in lent.told("lengths")[:1])
    assert FailureReason.OOM is failed(refused).reason
    assert "can't allocate memory" in failed(refused).error.message


def test_an_answer_that_nobody_waits_for_is_not_written_to_its_end(
    start: Start, lent: Lent, pages: Pages
):
    """The batch goes on for the other request, and ends with it."""
    most = 3_000
    cancelled, kept = ask(pages, 2, max_new_tokens=most)
    (alone,) = again([cancelled], "-alone")
    with start("Endless", "llava", OLDEST, batch_size=2) as worker:
        lent.forget("begun")
        lent.forget("written")
        worker.worker.send(alone)
        lent.wait_for("begun", 1)
        worker.worker.cancel(alone.id)
        event = worker.event()
        assert isinstance(event, Answered)
        assert FailureReason.CANCELLED is failed(event.outcome).reason
        lent.wait_for("written", 1)
        assert lent.told("written")[0][0] < most

        short = [
            replace(one, generation=replace(one.generation, max_new_tokens=40))
            for one in again([cancelled, kept], "-short")
        ]
        answers = worker.answers(short)

    assert [40, 40] == [answer.usage.completion_tokens for answer in answers.values()]


def test_a_stop_string_ends_an_answer_early(start: Start, lent: Lent, pages: Pages):
    """Early: not only cut from the text, but not written to its end either."""
    (free,) = ask(pages, 1, max_new_tokens=40)
    with start("Endless", "llava", OLDEST, batch_size=4) as worker:
        text = worker.answers([free])[free.id].text
        stop = text[len(text) // 2 :][:4]
        stopped = replace(
            free, id="stopped", generation=replace(free.generation, stop=("never", stop))
        )
        answers = worker.answers([stopped, *again([free], "-free")])

    assert text[: text.index(stop)].rstrip() == answers["stopped"].text
    assert "stop" == answers["stopped"].finish_reason.value
    assert (answers["stopped"].usage.completion_tokens or 99) < 40
    assert text == answers["r0-free"].text
    assert "length" == answers["r0-free"].finish_reason.value


def test_chance_follows_the_seed_alone(start: Start, pages: Pages):
    """A sampled answer is the same whatever else is asked at the time."""
    lucky = {"temperature": 1.0, "top_p": 0.9, "max_new_tokens": 24}
    one, other = (ask(pages, 1, seed=seed, **lucky)[0] for seed in (1, 2))
    with start("Endless", "llava", OLDEST, batch_size=4) as worker:
        alone = worker.answers([one])[one.id].text
        together = worker.answers(
            [
                *again([one], "-a"),
                *again([one], "-c"),
                *again([other], "-b"),
                *again(ask(pages, 2), "-greedy"),
            ]
        )

    assert [alone, alone] == [together["r0-a"].text, together["r0-c"].text]
    assert alone != together["r0-b"].text


def test_pages_are_prepared_while_the_model_writes(start: Start, pages: Pages):
    first, second = ask(pages, 2)
    with start("Overlapping", "llava", OLDEST, batch_size=1) as worker:
        answers = worker.answers([first, second])

    assert "in time" == answers[first.id].text


def test_a_lost_device_ends_the_worker(start: Start, pages: Pages):
    """Every later call would fail too: the host replaces the worker and asks again."""
    (question,) = ask(pages, 1)
    with start("LostDevice", "llava", OLDEST) as worker:
        assert worker.answers([question])
        worker.worker.send(replace(question, id="lost", prompt="lost"))

        death = worker.death().death

    assert death.by_itself
    assert "exit code 70" == death.detail
    assert "illegal memory access" in death.stderr_tail


def test_a_question_that_is_too_long_for_the_model_is_refused(start: Start, pages: Pages):
    """The library goes on without a word, and the model writes noise."""
    question = pages.request("long", "one of many words " * 2_000)
    with start("Endless", "llava", OLDEST) as worker:
        outcome = failed(worker.ask([question])["long"])

    assert FailureReason.MODEL_ERROR is outcome.reason
    assert "the model was made for 4096" in outcome.error.message
