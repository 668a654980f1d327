"""A real vLLM server, started and stopped by the OpenAI-compatible backend."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from PIL import Image

from tests.checkpoint_builds import Checkpoints
from tests.contract.workers import Session
from vlmhb.config.backends import BACKENDS
from vlmhb.domain.answer import Answer, FailedAnswer, FailureReason
from vlmhb.domain.model import ModelSpec
from vlmhb.domain.run import Request
from vlmhb.domain.sample import PageImage
from vlmhb.domain.task import AnswerKind, Generation
from vlmhb.worker import (
    Answered,
    Died,
    Hello,
    Launch,
    Loaded,
    LoadFailed,
    LoadOrder,
    LoadProgress,
    Worker,
    WorkerEvent,
)

pytestmark = [pytest.mark.uv, pytest.mark.slow]

ENV = "vllm@cpu"
ARGUMENTS = ["--dtype", "float32", "--max-model-len", "512", "--enforce-eager"]
STOP_S = 30.0
GENERATION = Generation(max_new_tokens=8)


class Engine(Session):
    """A worker of the vLLM env."""

    def __init__(self, folder: Path, checkpoints: Checkpoints) -> None:
        super().__init__(folder, "")
        env = checkpoints.env(ENV)
        variables = {**env.variables, "VLLM_CPU_KVCACHE_SPACE": "1"}
        self.log_path = folder / "logs" / "vllm.log"
        launch = Launch(env.python, variables, folder / "scratch", self.log_path, "vllm")
        self.worker = Worker(launch, self.events.put)
        self.stages: list[str] = []

    def begin(self, weights: Path, arguments: list[str], **params: Any) -> WorkerEvent:
        """What comes of loading."""
        server = {"engine": "vllm", "arguments": arguments}
        params = {"server": server, **params}
        model = ModelSpec("m", BACKENDS["openai_api"], ENV, AnswerKind.REPLY, params)
        self.worker.start()
        self.expect(Hello)
        self.worker.load(LoadOrder(model, seed=0, weights=str(weights)))
        while isinstance(event := self.events.get(timeout=60), LoadProgress):
            self.stages.append(event.stage)
        return event

    def processes(self) -> list[psutil.Process]:
        """All that runs below the worker's guard."""
        return psutil.Process(self.worker.pid).children(recursive=True)


def question(page: PageImage) -> Request:
    return Request(page.path, "m", "Total?", "Be brief.", "/", (page,), GENERATION)


@pytest.fixture
def engine(tmp_path: Path, checkpoints: Checkpoints) -> Iterator[Engine]:
    running = Engine(tmp_path, checkpoints)
    try:
        yield running
    finally:
        running.worker.kill()
        assert running.worker.join(STOP_S)


@pytest.fixture
def pages(tmp_path: Path) -> list[PageImage]:
    """Four pages of different sizes."""
    made = []
    for number in range(4):
        path = tmp_path / f"page {number}.png"
        height_px = 56 + 28 * number
        Image.new("RGB", (112, height_px), (60 * number, 90, 200)).save(path)
        made.append(PageImage(str(path), f"{number:064}", 112, height_px))
    return made


def test_a_server_is_started_asked_and_stopped(engine, checkpoints, pages):
    loaded = engine.begin(checkpoints.folder("qwen2_vl", ENV), ARGUMENTS, concurrency=4)

    assert isinstance(loaded, Loaded), loaded
    assert "vllm-cpu 0.32.0" == loaded.facts["server"]
    assert "qwen2_vl" == loaded.facts["model"]
    assert len(set(engine.stages)) > 5
    for page in pages:
        engine.worker.send(question(page))
    outcomes = [engine.expect(Answered).outcome for _ in pages]
    answers = [outcome for outcome in outcomes if isinstance(outcome, Answer)]
    assert len(pages) == len(answers), outcomes
    assert [8, 12, 16, 20] == sorted(answer.usage.image_tokens or 0 for answer in answers)
    assert all(answer.timing.first_token_s for answer in answers)
    engine.worker.send(Request("long", "m", "word " * 2_000, "", "/", (), GENERATION))
    refused = engine.expect(Answered).outcome
    assert isinstance(refused, FailedAnswer)
    assert FailureReason.INPUT_ERROR == refused.reason, refused

    running = engine.processes()
    engine.worker.shutdown(grace_s=STOP_S)
    assert engine.worker.join(STOP_S + 5)
    assert len(running) >= 3
    assert not [process for process in running if process.is_running()]


def test_a_server_that_dies_ends_the_worker_with_its_last_lines(engine, checkpoints, pages):
    """Here the server reads the pages from files."""
    loaded = engine.begin(checkpoints.folder("qwen2_vl", ENV), ARGUMENTS, images="file")
    assert isinstance(loaded, Loaded), loaded
    engine.worker.send(question(pages[0]))
    answer = engine.expect(Answered).outcome
    assert isinstance(answer, Answer), answer
    assert 8 == answer.usage.image_tokens

    running = engine.processes()
    server = next(one for one in running if "--served-model-name" in one.cmdline())
    server.kill()
    engine.worker.send(question(pages[1]))
    death = engine.expect(Died).death

    assert "exit code 70" == death.detail
    assert "DeviceLostError: the vllm server ended (signal 9)" in death.stderr_tail
    assert not [process for process in running if process.is_running()]


def test_a_server_that_does_not_start_is_a_load_error_with_its_last_lines(engine, checkpoints):
    weights = checkpoints.folder("qwen2_vl", ENV)

    failed = engine.begin(weights, ["--no-such-argument"])

    assert isinstance(failed, LoadFailed), failed
    assert "the vllm server ended (exit code 2)" in failed.error.message
    assert "unrecognized arguments: --no-such-argument" in failed.error.message
