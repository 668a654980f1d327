"""The OpenAI-compatible backend: a real worker in its real env asks a real server."""

import json
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.chat_server import (
    ChatServer,
    announced,
    answer,
    chat_server,
    delayed,
    drop_at_once,
    drop_halfway,
    endless,
    events,
    gathered,
    page_urls_of,
    raw,
    status,
)
from tests.contract.workers import PATIENCE_S, Session, session
from vlmhb.config import load_envspec
from vlmhb.config.backends import BACKENDS
from vlmhb.domain.answer import Answer, FailedAnswer, FailureReason, FinishReason, Outcome
from vlmhb.domain.model import ModelSpec
from vlmhb.domain.run import Request
from vlmhb.domain.sample import PageImage
from vlmhb.domain.task import AnswerKind, Generation
from vlmhb.env import EnvStore
from vlmhb.worker import Answered, DeathKind, Died, Hello, Loaded, LoadFailed, LoadOrder

pytestmark = pytest.mark.uv

KEY = "sk-canary-7f3a9c"
SECRET = "ENDPOINT_KEY"


class Conversation:
    """A loaded worker, asked by prompt."""

    def __init__(self, session: Session, loaded: Loaded) -> None:
        self.session = session
        self.loaded = loaded

    def ask(self, *prompts: str, pages: tuple[PageImage, ...] = (), **generation: Any) -> None:
        for prompt in prompts:
            self.session.worker.send(request(prompt, pages, **generation))

    def outcomes(self, count: int) -> dict[str, Outcome]:
        """Request id -> what came of it, for the next `count`."""
        answered = (self.session.expect(Answered).outcome for _ in range(count))
        return {outcome.request_id: outcome for outcome in answered}

    def outcome(self, prompt: str, **more: Any) -> Outcome:
        self.ask(prompt, **more)
        return self.outcomes(1)[prompt]

    def answer(self, prompt: str, **more: Any) -> Answer:
        outcome = self.outcome(prompt, **more)
        assert isinstance(outcome, Answer), outcome
        return outcome

    def failed(self, prompt: str, **more: Any) -> FailedAnswer:
        outcome = self.outcome(prompt, **more)
        assert isinstance(outcome, FailedAnswer), outcome
        return outcome


def request(prompt: str, pages: tuple[PageImage, ...] = (), **generation: Any) -> Request:
    values = {"max_new_tokens": 16, **generation}
    return Request(prompt, "m", prompt, "", "/", pages, Generation(**values))


def order(params: dict[str, Any], secrets: dict[str, str]) -> LoadOrder:
    model = ModelSpec("m", BACKENDS["openai_api"], "openai-client", AnswerKind.REPLY, params)
    return LoadOrder(model, seed=0, secrets=secrets)


@pytest.fixture(scope="session")
def python(shared_envs: Path) -> str:
    """The interpreter of the env that is made for endpoints."""
    return EnvStore(shared_envs).ensure(load_envspec("openai-client")).python


Talk = Callable[..., AbstractContextManager[Conversation]]


@contextmanager
def conversation(
    folder: Path, python: str, server: ChatServer, secrets: Any = None, **params: Any
) -> Iterator[Conversation]:
    """A worker that is loaded, and gone at the end of the block."""
    with session(folder, python) as running:
        running.worker.start()
        running.expect(Hello)
        values = {"base_url": server.base_url, "model": "tiny", "timeout_s": 2 * PATIENCE_S}
        running.worker.load(order({**values, **params}, secrets or {}))
        yield Conversation(running, running.until(Loaded))


@pytest.fixture
def talk(tmp_path: Path, python: str) -> Talk:
    """`talk(server, **params)`: a worker of the test's own."""
    return partial(conversation, tmp_path, python)


@pytest.fixture(scope="module")
def usual(
    tmp_path_factory: pytest.TempPathFactory, python: str
) -> Iterator[tuple[ChatServer, Conversation]]:
    """A server, and a worker with nothing special about it, that many tests ask."""
    folder = tmp_path_factory.mktemp("usual")
    with chat_server() as server, conversation(folder, python, server) as worker:
        yield server, worker


@pytest.fixture
def prompt(request: pytest.FixtureRequest) -> str:
    """Words that no other test says."""
    return str(request.node.name)


@pytest.fixture
def refused(tmp_path: Path, python: str) -> Callable[..., str]:
    """`refused(**params)`: why a worker with these params does not load."""

    def failure(secrets: Any = None, **params: Any) -> str:
        with session(tmp_path, python) as running:
            running.worker.start()
            running.expect(Hello)
            running.worker.load(order(params, secrets or {}))
            error = running.until(LoadFailed).error
            return f"{error.type}: {error.message}"

    return failure


@pytest.fixture
def page(tmp_path: Path) -> PageImage:
    Image.new("RGB", (60, 40), "navy").save(tmp_path / "page.png")
    return PageImage(str(tmp_path / "page.png"), "a" * 64, 60, 40)


@pytest.mark.parametrize("stream", [True, False])
def test_a_question_with_pages_is_answered_with_its_tokens_and_times(talk, page, stream):
    details = {"multimodal_tokens": {"image": 20}}
    with chat_server() as server, talk(server, stream=stream) as worker:
        server.usual = answer("449 764,88", prompt_tokens_details=details)
        got = worker.answer("Total?", pages=(page, page), temperature=0.5, stop=("\n",))

    body = server.asked["Total?"][0]
    assert ("449 764,88", FinishReason.STOP) == (got.text, got.finish_reason)
    assert (10, 20, 2) == (
        got.usage.prompt_tokens,
        got.usage.image_tokens,
        got.usage.completion_tokens,
    )
    assert (got.timing.first_token_s is not None) == stream
    assert got.timing.generate_s is not None
    assert 2 == len(page_urls_of(body))
    assert page_urls_of(body)[0].startswith("data:image/png;base64,")
    settings = ("model", "max_tokens", "temperature", "top_p", "seed", "stop", "stream")
    assert ["tiny", 16, 0.5, 1.0, 0, ["\n"], stream] == [body[name] for name in settings]


def test_pages_travel_at_the_places_of_their_marks(talk, page):
    prompt = "Is <image 1> here: <image 1>?"
    with chat_server() as server, talk(server) as worker:
        server.usual = answer("yes")
        worker.session.worker.send(replace(request(prompt, (page,)), page_marks=True))
        (got,) = worker.outcomes(1).values()

    (body,) = server.asked["Is  here: ?"]
    content = body["messages"][-1]["content"]
    assert ["text", "image_url", "text", "image_url", "text"] == [part["type"] for part in content]
    assert ["Is ", " here: ", "?"] == [part["text"] for part in content[::2]]
    assert isinstance(got, Answer)
    assert () == got.degraded


def test_every_credit_is_under_way_and_never_more(talk):
    """Five are answered only once all five are there; the sixth to tenth come after them."""
    barrier = threading.Barrier(5)
    prompts = [f"q{number}" for number in range(10)]
    with chat_server() as server, talk(server, concurrency=5) as worker:
        server.usual = gathered(barrier, answer("yes"))
        assert 5 == worker.loaded.window
        worker.ask(*prompts[:5])
        for prompt in prompts[5:]:
            worker.session.expect(Answered)
            worker.ask(prompt)
        worker.outcomes(5)

    assert 5 == server.most_at_once


def test_a_window_of_one_asks_one_at_a_time(talk):
    """The host sends two ahead in any case, so that the next is at hand."""
    second = threading.Event()
    with chat_server() as server, talk(server, concurrency=1) as worker:
        server.scripts["a"] = [delayed(second, 0.3, answer("first"))]
        server.scripts["b"] = [announced(second, answer("second"))]
        worker.ask("a", "b")
        worker.outcomes(2)

    assert 1 == server.most_at_once


@pytest.mark.parametrize(
    "troubles",
    [
        [status(429, "slow down")],
        [status(500), status(503)],
        [drop_halfway],
        [drop_at_once],
        [events({"error": {"message": "engine restarts", "code": 500}})],
        [events({"choices": [{"delta": {"content": "x"}, "finish_reason": "abort"}]})],
    ],
    ids=["429", "500 and 503", "cut off", "no word", "error in stream", "abort"],
)
def test_what_may_pass_is_tried_again(usual, prompt, troubles):
    server, worker = usual
    server.scripts[prompt] = [*troubles, answer("at last")]

    got = worker.answer(prompt)

    assert ("at last", len(troubles) + 1) == (got.text, len(server.asked[prompt]))


def test_the_server_says_how_long_to_wait(usual, prompt):
    server, worker = usual
    server.scripts[prompt] = [status(429, Retry_After="1")]

    worker.answer(prompt)

    first_s, second_s = server.asked_at_s[prompt]
    assert second_s - first_s >= 1


def test_a_slow_answer_is_broken_off_and_asked_again(talk):
    with chat_server() as server, talk(server, timeout_s=0.5) as worker:
        server.scripts["q"] = [endless]
        got = worker.answer("q")
        assert server.closed.wait(PATIENCE_S)

    assert "echo" == got.text


def test_a_request_that_keeps_failing_fails_alone(talk):
    with chat_server() as server, talk(server, attempts=2) as worker:
        server.scripts["bad"] = [status(500, "out of luck")] * 9
        worker.ask("bad", "good")
        outcomes = worker.outcomes(2)

    bad = outcomes["bad"]
    assert isinstance(outcomes["good"], Answer)
    assert isinstance(bad, FailedAnswer)
    assert bad.error.message.startswith("no answer after 2 attempts in ")
    assert bad.error.message.endswith("HTTP 500: out of luck")
    assert 2 == len(server.asked["bad"])


def test_a_wait_that_would_take_too_long_is_not_begun(usual, prompt):
    server, worker = usual
    server.scripts[prompt] = [status(429, "quota", Retry_After="3600")]

    got = worker.failed(prompt)

    assert "HTTP 429: quota; it asks to wait 3600 s" in got.error.message


@pytest.mark.parametrize(
    ("behaviour", "reason", "expected"),
    [
        (status(400, "temperature is not supported"), "model_error", "EndpointError"),
        (
            status(400, "This model's maximum context length is 512 tokens"),
            "input_error",
            "RequestTooLargeError",
        ),
        (status(413), "input_error", "RequestTooLargeError"),
        (status(400, "cannot identify image file"), "input_error", "PageRefusedError"),
        (status(403, "not yours"), "model_error", "AccessDeniedError"),
        (status(404, "no such model"), "model_error", "ModelUnknownError"),
        (status(422, "extra field"), "model_error", "EndpointError"),
        (status(302, Location="http://elsewhere/"), "model_error", "params.base_url"),
        (raw(b"<html>oops</html>", "text/html"), "invalid_reply", "an HTML page: <html>oops"),
        (raw(b"{"), "invalid_reply", "not JSON: {"),
        (raw(b"[]"), "invalid_reply", "no JSON object: []"),
        (raw(b'{"choices": []}'), "invalid_reply", "no choices"),
        (events(), "invalid_reply", "without an event"),
        (events("{broken"), "invalid_reply", "not JSON: {broken"),
        (answer("", "content_filter"), "model_error", "ContentFilteredError"),
        (answer("x", "tool_calls"), "invalid_reply", "finish_reason is 'tool_calls'"),
    ],
)
def test_what_will_not_pass_is_said_at_once(usual, prompt, behaviour, reason, expected):
    server, worker = usual
    server.scripts[prompt] = [behaviour]

    got = worker.failed(prompt)

    worker.answer("another")
    assert FailureReason(reason) == got.reason
    assert expected in f"{got.error.type}: {got.error.message}"
    assert 1 == len(server.asked[prompt])


def test_an_unknown_model_is_named_with_those_that_are_there(usual, prompt):
    server, worker = usual
    server.scripts[prompt] = [status(404, "gone")]

    got = worker.failed(prompt)

    assert "params.model is 'tiny'; the endpoint offers tiny" in got.error.message


def test_a_cancelled_request_closes_its_connection(usual, prompt):
    server, worker = usual
    server.scripts[prompt] = [endless]
    server.closed.clear()
    worker.ask(prompt)
    worker.answer("another")

    worker.session.worker.cancel(prompt)
    got = worker.outcomes(1)[prompt]

    assert server.closed.wait(PATIENCE_S)
    assert isinstance(got, FailedAnswer)
    assert FailureReason.CANCELLED == got.reason
    worker.answer("one more")


def test_a_cancelled_request_keeps_its_place_until_its_page_is_no_longer_read(talk, tmp_path):
    """The page's memory is given back with its place. "b" has none while "a" is answered."""
    os.mkfifo(tmp_path / "slow.png")
    slow = PageImage(str(tmp_path / "slow.png"), "a" * 64, 60, 40)
    asked_b = threading.Event()
    with chat_server() as server, talk(server, concurrency=2) as worker:
        server.scripts["a"] = [delayed(asked_b, PATIENCE_S, answer("first"))]
        server.scripts["b"] = [announced(asked_b, answer("second"))]
        worker.ask("slow", pages=(slow,))
        worker.answer("another")
        worker.session.worker.cancel("slow")
        worker.outcomes(1)
        worker.ask("a", "b")
        # A second is time for ten looks at what was cancelled.
        is_early = asked_b.wait(1.0)
        with (tmp_path / "slow.png").open("wb"):
            outcomes = worker.outcomes(2)

    assert not is_early
    assert ["Answer", "Answer"] == [type(outcome).__name__ for outcome in outcomes.values()]


def test_space_around_an_answer_is_not_part_of_it(usual, prompt):
    server, worker = usual
    server.scripts[prompt] = [answer(" 449 764\n")]

    assert "449 764" == worker.answer(prompt).text


def test_a_page_that_cannot_be_decoded_never_leaves(usual, prompt, tmp_path):
    server, worker = usual
    (tmp_path / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    broken = PageImage(str(tmp_path / "broken.png"), "b" * 64, 1, 1)

    got = worker.failed(prompt, pages=(broken,))

    assert FailureReason.INPUT_ERROR == got.reason
    assert prompt not in server.asked


def test_the_worker_waits_until_the_endpoint_is_ready(talk):
    with chat_server() as server:
        server.is_ready.clear()
        threading.Timer(0.5, server.is_ready.set).start()
        with talk(server) as worker:
            got = worker.answer("q")

    assert "echo" == got.text


@pytest.mark.parametrize("headers", [{}, {"Retry_After": "86400"}])
def test_an_endpoint_that_is_too_busy_to_list_its_models_is_there(talk, headers):
    with (
        chat_server(lists=[status(429, "slow down", **headers)]) as server,
        talk(server) as worker,
    ):
        assert "echo" == worker.answer("q").text

    assert 1 == len(server.listed_at_s)


def test_an_endpoint_says_when_to_ask_again_whether_it_is_ready(talk):
    with (
        chat_server(lists=[status(429, "slow down", Retry_After="2")]) as server,
        talk(server, model="") as worker,
    ):
        assert "tiny" == worker.loaded.facts["model"]

    first_s, second_s = server.listed_at_s
    assert second_s - first_s >= 2


def test_an_empty_account_is_a_load_error(refused):
    text = json.dumps({"error": {"message": "no credit", "code": "insufficient_quota"}})
    lists = [lambda handler: handler.whole(429, text.encode())]
    with chat_server(lists=lists) as server:
        text = refused(base_url=server.base_url, model="tiny")

    assert text.endswith("EndpointError: HTTP 429: no credit")


def test_an_endpoint_that_lists_no_models_is_taken_at_its_word(talk):
    with chat_server(models=None) as server, talk(server) as worker:
        assert "echo" == worker.answer("q").text


def test_the_only_model_need_not_be_named(talk):
    with chat_server(models=["the-one"]) as server, talk(server, model="") as worker:
        worker.answer("q")

    assert "the-one" == server.asked["q"][0]["model"]
    assert "the-one" == worker.loaded.facts["model"]


def test_the_key_is_sent_and_shown_nowhere(talk, tmp_path):
    """Not even when the server repeats it."""
    with (
        chat_server(api_key=KEY) as server,
        talk(server, secrets={SECRET: KEY}, api_key_secret=SECRET) as worker,
    ):
        server.scripts["q"] = [status(401, f"bad key {KEY}")]
        long = "x" * 185 + KEY + "x" * 20
        server.scripts["error"] = [status(400, "x" * 400 + long)]
        server.scripts["text"] = [raw(long.encode())]
        server.scripts["event"] = [events(long)]
        got = worker.failed("q")
        cut = [worker.failed(prompt) for prompt in ("error", "text", "event")]
        facts = worker.loaded.facts

    said = f"{got.error.message} {got.error.traceback} {cut} {facts}"
    log = (tmp_path / "logs" / "toy.log").read_text()
    assert f"HTTP 401: bad key ***. Check the value of {SECRET}" == got.error.message
    assert KEY[:8] not in said + log


def test_a_key_that_is_refused_is_a_load_error_that_names_its_variable(refused):
    with chat_server(api_key="another") as server:
        params = {"base_url": server.base_url, "model": "tiny", "api_key_secret": SECRET}
        text = refused(secrets={SECRET: KEY}, **params)

    assert text.endswith(f"Check the value of {SECRET}")
    assert KEY not in text


def test_a_model_that_is_not_there_is_a_load_error_with_the_near_name(refused):
    with chat_server(models=["qwen2-vl-7b", "llava"]) as server:
        text = refused(base_url=server.base_url, model="qwen2-vl")

    assert "did you mean 'qwen2-vl-7b'?" in text
    assert text.endswith("the endpoint offers llava, qwen2-vl-7b")


def test_an_endpoint_that_does_not_come_up_is_a_load_error(refused):
    text = refused(base_url="http://127.0.0.1:9/v1", model="tiny", ready_timeout_s=1)

    assert "http://127.0.0.1:9/v1 was not ready within 1 s; the last: ConnectError" in text


def test_an_endpoint_that_goes_away_ends_the_worker(talk):
    """Its replacement waits until the endpoint is back, and the requests are asked again."""
    with ExitStack() as until_it_goes:
        server = until_it_goes.enter_context(chat_server())
        with talk(server, attempts=2) as worker:
            worker.answer("q")
            until_it_goes.close()
            worker.ask("lost")
            death = worker.session.until(Died).death

    assert (DeathKind.EXIT, "exit code 70") == (death.kind, death.detail)
    assert f"nobody answers at {server.base_url}" in death.stderr_tail
