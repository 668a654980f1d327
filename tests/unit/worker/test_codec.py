"""Messages become domain values, and requests become messages the worker accepts."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

import pytest
from vlmhb_worker import PROTOCOL_VERSION, messages, wire
from vlmhb_worker.wire import ProtocolError

from tests.fuzz.frames import ANSWER
from vlmhb.config.task_file import MAX_STOPS
from vlmhb.domain.answer import (
    Answer,
    ErrorInfo,
    FailedAnswer,
    FailureReason,
    FinishReason,
    Timing,
    Usage,
)
from vlmhb.domain.digest import Json
from vlmhb.domain.model import ModelSpec
from vlmhb.domain.run import Request
from vlmhb.domain.sample import PageImage, Span, UnreadablePage
from vlmhb.domain.task import AnswerKind, Generation
from vlmhb.errors import WorkerError
from vlmhb.worker import LoadOrder, codec
from vlmhb.worker.events import Answered, Hello, Loaded, LoadFailed, LoadProgress, Logged

ERROR = {"type": "ValueError", "message": "no", "traceback": "at"}


@pytest.mark.parametrize(
    ("message", "event"),
    [
        (
            {"type": "hello", "protocol": [2, 2], "worker_version": "v", "python": "p", "pid": 5},
            Hello("v", "p", 5),
        ),
        ({"type": "progress", "stage": "s", "done": 1, "total": 2}, LoadProgress("s", 1, 2)),
        (
            {
                "type": "loaded",
                "load_s": 1.5,
                "window": 4,
                "batch_size": 2,
                "gpu_memory_bytes": 7,
                "facts": {"a": "b"},
            },
            Loaded(1.5, 4, 2, 7, {"a": "b"}),
        ),
        ({"type": "load_failed", "error": ERROR}, LoadFailed(ErrorInfo("ValueError", "no", "at"))),
        (
            {
                "type": "answer",
                "id": "a",
                "text": "x",
                "full_length_chars": 9,
                "finish_reason": "length",
                "usage": {"prompt_tokens": 1, "image_tokens": 2, "completion_tokens": 3},
                "timing": {"preprocess_s": 0.1, "first_token_s": 0.2, "generate_s": 0.3},
                "degraded": ["batch_size 8 -> 2"],
            },
            Answered(
                Answer(
                    "a",
                    "x",
                    FinishReason.LENGTH,
                    Usage(1, 2, 3),
                    Timing(0.1, 0.2, 0.3),
                    degraded=("batch_size 8 -> 2",),
                    full_length_chars=9,
                )
            ),
        ),
        (
            {"type": "failed", "id": "a", "reason": "oom", "error": ERROR},
            Answered(FailedAnswer("a", FailureReason.OOM, ErrorInfo("ValueError", "no", "at"))),
        ),
        ({"type": "log", "level": "info", "text": "x"}, Logged("info", "x")),
    ],
)
def test_a_message_becomes_its_event(message: wire.Message, event: codec.Report) -> None:
    assert event == codec.report(message)


def test_seconds_are_floats_whatever_a_worker_writes() -> None:
    """A column of seconds in Parquet could not hold an integer of 64 bits."""
    timing = {"preprocess_s": 2**64 - 1, "first_token_s": None, "generate_s": 1}
    told = codec.report({**ANSWER, "timing": timing})

    assert isinstance(told, Answered)
    assert isinstance(told.outcome, Answer)
    assert Timing(2.0**64, None, 1.0) == told.outcome.timing
    assert isinstance(told.outcome.timing.preprocess_s, float)


@pytest.mark.parametrize("versions", [[PROTOCOL_VERSION + 1, 99], [99, 99]])
def test_a_worker_of_another_protocol_is_refused(versions: list[int]) -> None:
    hello = {
        "type": "hello",
        "protocol": versions,
        "worker_version": "v",
        "python": "p",
        "pid": 5,
    }

    with pytest.raises(ProtocolError, match=f"speaks {versions[0]} to 99, this host 2"):
        codec.report(hello)


def test_a_pong_nobody_asked_for_is_refused() -> None:
    with pytest.raises(ProtocolError, match="pong"):
        codec.report({"type": "pong", "nonce": 1})


def request(*pages: PageImage | UnreadablePage, prompt: str = "q") -> Request:
    return Request("a", "m", prompt, "s", "/data", pages, Generation(9, 0.5, 0.9, 3, ("END",)))


def test_a_request_is_what_the_worker_accepts() -> None:
    message = codec.request_message(request(PageImage("a/b.png", "00", 1, 1)), [None])

    assert "request" == messages.check(message, messages.FROM_HOST)
    assert [{"path": "/data/a/b.png", "sha256": "00", "buffer": None}] == message["pages"]
    assert message["page_marks"] is False
    assert {
        "max_new_tokens": 9,
        "temperature": 0.5,
        "top_p": 0.9,
        "seed": 3,
        "stop": ["END"],
        "min_pixels": None,
        "max_pixels": None,
        "may_shrink": False,
    } == message["generation"]


def test_a_request_tells_whether_marks_place_its_pages() -> None:
    message = codec.request_message(replace(request(), page_marks=True), [])

    assert "request" == messages.check(message, messages.FROM_HOST)
    assert message["page_marks"] is True


def test_a_page_outside_the_root_travels_as_its_own_path() -> None:
    kept = PageImage("val.parquet#row=1", "00", 1, 1, "/cache/00.image")

    message = codec.request_message(request(kept), [None])

    assert [{"path": "/cache/00.image", "sha256": "00", "buffer": None}] == message["pages"]


def test_a_page_that_is_a_part_of_a_file_travels_as_the_place_of_its_bytes() -> None:
    buffer = {"place": "shared", "offset": 0, "length": 4}
    part = PageImage("t.tsv#index=1", "0" * 64, 1, 1, "/data/t.tsv", Span(2, 8))

    message = codec.request_message(request(part), [buffer])

    assert "request" == messages.check(message, messages.FROM_HOST)
    assert [{"path": None, "sha256": "0" * 64, "buffer": buffer}] == message["pages"]


def test_a_prompt_that_is_no_unicode_can_travel() -> None:
    message = codec.request_message(request(prompt="a\ud800"), [])

    assert "a\\ud800" == message["prompt"]


def test_an_unreadable_page_is_not_sent() -> None:
    with pytest.raises(WorkerError, match=r"b\.png: cut off"):
        codec.request_message(request(UnreadablePage("b.png", "00", "cut off")), [None])


def test_params_travel_as_plain_values() -> None:
    params: Mapping[str, Json] = MappingProxyType(
        {"sizes": (1, 2), "deep": MappingProxyType({"on": True})}
    )
    model = ModelSpec("m", "a:B", "e", AnswerKind.REPLY, params)
    message = codec.load_message(LoadOrder(model, 5), "/scratch")

    assert "load" == messages.check(message, messages.FROM_HOST)
    assert {"sizes": [1, 2], "deep": {"on": True}} == message["params"]
    assert wire.encode(message, wire.FROM_HOST)


@pytest.mark.parametrize(
    ("params", "secrets", "named"),
    [
        ({"n": [1 << 64]}, {}, "'params.n[0]' is a number beyond 64 bits"),
        ({"t": "a\ud800"}, {}, "'params.t' is no Unicode text"),
        ({"a\ud800": 1}, {}, "'params' is no Unicode text"),
        ({}, {"KEY": "canary\udcff"}, "'secrets.KEY' is no Unicode text"),
    ],
)
def test_what_no_message_can_carry_is_named_and_not_shown(
    params: Mapping[str, Json], secrets: Mapping[str, str], named: str
) -> None:
    model = ModelSpec("m", "a:B", "e", AnswerKind.REPLY, params)

    with pytest.raises(WorkerError) as caught:
        codec.load_message(LoadOrder(model, 5, secrets=secrets), "/scratch")

    assert named == caught.value.got


def test_an_order_that_the_worker_would_refuse_is_not_sent() -> None:
    model = ModelSpec("m", f"a:{'B' * 300}", "e", AnswerKind.REPLY, {})

    with pytest.raises(WorkerError, match=r"cannot load m: load\.backend: got '302 characters'"):
        codec.load_message(LoadOrder(model, 5), "/scratch")


@pytest.mark.parametrize(
    ("generation", "field"),
    [
        (Generation(temperature=float("inf")), "temperature"),
        (Generation(seed=1 << 63), "seed"),
        (Generation(max_pixels=1 << 63), "max_pixels"),
        (Generation(stop=("x",) * (MAX_STOPS + 1)), "stop"),
    ],
)
def test_a_request_that_would_end_its_worker_is_not_sent(
    generation: Generation, field: str
) -> None:
    with pytest.raises(WorkerError, match=rf"cannot send request a: request\.generation\.{field}"):
        codec.request_message(replace(request(), generation=generation), [])


def test_as_many_stops_as_a_task_may_have_can_travel() -> None:
    generation = Generation(stop=("x",) * MAX_STOPS)

    assert codec.request_message(replace(request(), generation=generation), [])
