"""What a backend returns is either a sound answer or a failure that says what is wrong."""

from dataclasses import dataclass
from typing import Any

import pytest
from vlmhb_worker import messages, wire
from vlmhb_worker.backend import Reply
from vlmhb_worker.outcomes import outcome


class Tensor:
    """A number of some array library."""

    def __init__(self, value: float) -> None:
        self._value = value

    def __index__(self) -> int:
        return int(self._value)

    def __float__(self) -> float:
        return float(self._value)


class HostileNumber:
    def __index__(self) -> int:
        raise RuntimeError("no")


def test_a_reply_becomes_an_answer() -> None:
    reply = Reply("text", "length", prompt_tokens=3, generate_s=0.5)
    message = outcome("id", reply)

    assert "answer" == messages.check(message, messages.FROM_WORKER)
    assert ("id", "text", "length") == (message["id"], message["text"], message["finish_reason"])
    assert {"prompt_tokens": 3, "image_tokens": None, "completion_tokens": None} == message["usage"]
    assert (0.5, None) == (message["timing"]["generate_s"], message["timing"]["first_token_s"])


def test_numbers_of_other_libraries_become_plain_ones() -> None:
    reply: Any = Reply("", prompt_tokens=Tensor(3), generate_s=Tensor(0.5))  # type: ignore[arg-type]
    message = outcome("id", reply)

    assert (int, float) == (
        type(message["usage"]["prompt_tokens"]),
        type(message["timing"]["generate_s"]),
    )


@pytest.mark.parametrize(
    "fields",
    [
        {"text": None},
        {"text": b"x"},
        {"finish_reason": "eos"},
        {"finish_reason": ["stop"]},
        {"prompt_tokens": -1},
        {"prompt_tokens": 1.5},
        {"prompt_tokens": 2**64},
        {"prompt_tokens": HostileNumber()},
        {"generate_s": float("nan")},
        {"generate_s": float("inf")},
        {"generate_s": -0.1},
        {"generate_s": "fast"},
    ],
)
def test_an_unsound_reply_is_invalid(fields: dict[str, Any]) -> None:
    message = outcome("id", Reply(**{"text": "", **fields}))

    assert "failed" == messages.check(message, messages.FROM_WORKER)
    assert "invalid_reply" == message["reason"]


@dataclass
class LookAlike:
    text: str = "x"


@pytest.mark.parametrize("result", [None, "text", LookAlike(), {"text": "x"}])
def test_anything_but_a_reply_is_invalid(result: object) -> None:
    assert "invalid_reply" == outcome("id", result)["reason"]


def test_the_widest_answer_fits_a_frame() -> None:
    message = outcome("id", Reply("\U0001f600" * (messages.MAX_ANSWER_CHARS + 1)))

    assert wire.encode(message, wire.FROM_WORKER)
    assert messages.MAX_ANSWER_CHARS + 1 == message["full_length_chars"]


def test_text_within_the_limit_is_not_marked_as_cut() -> None:
    message = outcome("id", Reply("x" * messages.MAX_ANSWER_CHARS))

    assert message["full_length_chars"] is None


@pytest.mark.parametrize("request_id", [5, None, "x" * 1_000, "\ud800"])
def test_a_foreign_id_is_passed_on_as_text(request_id: object) -> None:
    message = outcome(request_id, Reply(""))

    assert "answer" == messages.check(message, messages.FROM_WORKER)
