"""The tables refuse every field that is not what they say."""

import copy
from typing import Any

import pytest
from vlmhb_worker import messages
from vlmhb_worker.wire import ProtocolError

from vlmhb.domain.answer import FailureReason, FinishReason

ERROR = {"type": "ValueError", "message": "no", "traceback": ""}
GOOD: dict[str, dict[str, Any]] = {
    "hello": {"protocol": [1, 2], "worker_version": "0.1", "python": "3.8.1", "pid": 7},
    "progress": {"stage": "weights", "done": 1, "total": 2},
    "loaded": {
        "load_s": 0.5,
        "window": 2,
        "batch_size": 1,
        "gpu_memory_bytes": None,
        "facts": {"device": "cpu"},
    },
    "load_failed": {"error": ERROR},
    "answer": {
        "id": "a",
        "text": "x",
        "full_length_chars": None,
        "finish_reason": "stop",
        "usage": {"prompt_tokens": 1, "image_tokens": None, "completion_tokens": 2},
        "timing": {"preprocess_s": 0.1, "first_token_s": None, "generate_s": 2},
        "degraded": ["batch_size 8 -> 2"],
    },
    "failed": {"id": "a", "reason": "oom", "error": ERROR},
    "log": {"level": "info", "text": "x"},
    "pong": {"nonce": 0},
}
WRONG: tuple[Any, ...] = (b"x", -1, 1.5, True, [], {}, float("nan"), "\x00" * 2_000_000, None)


def paths(value: Any, at: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Every field of a message, with the fields below it."""
    if not isinstance(value, dict):
        return [at]
    return [at, *(path for key in value for path in paths(value[key], (*at, key)))]


def replaced(message: Any, path: tuple[str, ...], value: Any) -> Any:
    if not path:
        return value
    return {**message, path[0]: replaced(message[path[0]], path[1:], value)}


def fits(message: dict[str, Any], kind: str) -> bool:
    try:
        messages.check({"type": kind, **message}, messages.FROM_WORKER)
    except ProtocolError:
        return False
    return True


@pytest.mark.parametrize("kind", messages.FROM_WORKER)
def test_a_sound_message_passes(kind: str) -> None:
    assert fits(GOOD[kind], kind)


@pytest.mark.parametrize("kind", messages.FROM_WORKER)
def test_each_field_refuses_most_other_types(kind: str) -> None:
    """No field accepts more than three of the nine: its own type, nil and an empty map."""
    for path in paths(GOOD[kind])[1:]:
        accepted = [value for value in WRONG if fits(replaced(GOOD[kind], path, value), kind)]
        assert len(accepted) <= 2, (path, accepted)


@pytest.mark.parametrize("kind", messages.FROM_WORKER)
def test_a_missing_or_foreign_field_is_refused(kind: str) -> None:
    for path in paths(GOOD[kind])[1:]:
        without = copy.deepcopy(GOOD[kind])
        at = without
        for key in path[:-1]:
            at = at[key]
        del at[path[-1]]
        if path[:-1] != ("facts",):
            assert not fits(without, kind), path
    assert not fits({**GOOD[kind], "more": 1}, kind)


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("hello", {"protocol": [1]}),
        ("hello", {"protocol": [1, 2, 3]}),
        ("hello", {"protocol": [0, 1]}),
        ("loaded", {"window": 0}),
        ("loaded", {"batch_size": 5_000}),
        ("loaded", {"load_s": float("inf")}),
        ("loaded", {"facts": {"a": 1}}),
        ("loaded", {"facts": {str(index): "" for index in range(61)}}),
        ("answer", {"text": "x" * 200_001}),
        ("answer", {"id": "x" * 201}),
        ("answer", {"finish_reason": "eos"}),
        ("failed", {"reason": "worker_died"}),
        ("failed", {"reason": "timeout"}),
        ("log", {"level": "loud"}),
    ],
)
def test_a_value_beyond_its_limit_is_refused(kind: str, fields: dict[str, Any]) -> None:
    assert not fits({**GOOD[kind], **fields}, kind)


@pytest.mark.parametrize("kind", [None, 5, [], "request", ""])
def test_an_unknown_type_is_refused(kind: Any) -> None:
    with pytest.raises(ProtocolError, match="type: got"):
        messages.check({"type": kind}, messages.FROM_WORKER)


def test_a_refusal_names_the_field_and_what_came() -> None:
    message = replaced(GOOD["answer"], ("usage", "prompt_tokens"), "many")

    with pytest.raises(ProtocolError, match=r"answer\.usage\.prompt_tokens: got 'many', expected"):
        messages.check({"type": "answer", **message}, messages.FROM_WORKER)


def test_reasons_are_the_hosts_except_those_only_the_host_can_know() -> None:
    only_host = {FailureReason.TIMEOUT, FailureReason.WORKER_DIED}

    assert {*FailureReason} - only_host == {
        FailureReason(name) for name in messages.FAILURE_REASONS
    }
    assert {*FinishReason} == {FinishReason(name) for name in messages.FINISH_REASONS}
