import json

import pytest
from vlmhb_worker.backend import InvalidReplyError, RequestTooLargeError
from vlmhb_worker.backends.openai_api.excerpts import Excerpts
from vlmhb_worker.backends.openai_api.failures import (
    ContentFilteredError,
    EndpointError,
    TransientError,
)
from vlmhb_worker.backends.openai_api.written import Stream, Written, from_json

KEY = "sk-canary-" + "7f3a9c" * 8


def reply(message: object, finish_reason: object = "stop", **more: object) -> bytes:
    choice = {"index": 0, "message": message, "finish_reason": finish_reason}
    return json.dumps({"choices": [choice], **more}).encode()


def streamed(*lines: bytes) -> Written:
    stream = Stream()
    for line in lines:
        stream.feed(line)
    return stream.written()


def event(delta: object, finish_reason: object = None, **more: object) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
    return b"data: " + json.dumps({"choices": [choice], **more}).encode()


def test_a_whole_reply_is_read():
    usage = {"prompt_tokens": 30, "completion_tokens": 5}

    got = from_json(reply({"content": "7"}, "length", usage=usage))

    assert Written("7", "length", 30, None, 5) == got


@pytest.mark.parametrize(
    "details", [{"multimodal_tokens": {"image": 20}}, {"image_tokens": 20, "cached_tokens": 0}]
)
def test_the_pages_tokens_are_counted_apart_where_the_server_does(details):
    usage = {"prompt_tokens": 30, "completion_tokens": 5, "prompt_tokens_details": details}

    got = from_json(reply({"content": "7"}, usage=usage))

    assert (10, 20) == (got.prompt_tokens, got.image_tokens)


@pytest.mark.parametrize("usage", [None, "many", {"prompt_tokens": -1, "completion_tokens": "5"}])
def test_counts_that_are_none_are_not_measured(usage):
    got = from_json(reply({"content": "7"}, usage=usage))

    assert (None, None, None) == (got.prompt_tokens, got.image_tokens, got.completion_tokens)


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ({"content": None}, "no text (finish_reason stop); it holds nothing else"),
        ({"content": None, "tool_calls": [1]}, "it holds tool_calls"),
        ({"content": "", "tool_calls": [1]}, "it holds tool_calls"),
        ({"content": "", "reasoning_content": "Hm"}, "only reasoning; raise max_new_tokens"),
        ({"content": None, "refusal": "I cannot"}, "the model refused: 'I cannot'"),
        ({"content": None, "reasoning_content": "Hm"}, "only reasoning; raise max_new_tokens"),
        ({"content": [{"type": "text"}]}, "no text"),
        (None, "has no message"),
        ("text", "has no message"),
    ],
)
def test_a_reply_without_text_says_what_it_has_instead(message, expected):
    with pytest.raises(InvalidReplyError) as caught:
        from_json(reply(message))

    assert expected in str(caught.value)


@pytest.mark.parametrize("body", [b"", b"ok", b"\xff\xfe", b"<h1>busy</h1>", b"7", b'{"a": 1}'])
def test_a_body_that_is_no_reply_is_shown(body):
    with pytest.raises(InvalidReplyError, match="the reply"):
        from_json(body)


def test_a_long_body_is_shown_by_its_beginning():
    with pytest.raises(InvalidReplyError) as caught:
        from_json(b"x" * 100_000)

    assert len(str(caught.value)) < 300


def test_a_withheld_answer_is_no_answer():
    with pytest.raises(ContentFilteredError):
        from_json(reply({"content": "part"}, "content_filter"))


def test_an_error_with_status_200_is_an_error():
    with pytest.raises(TransientError, match="the engine is dead"):
        from_json(b'{"error": {"message": "the engine is dead"}}')
    with pytest.raises(RequestTooLargeError):
        from_json(b'{"error": {"message": "maximum context length is 9", "code": 400}}')


def test_a_stream_is_put_together():
    usage = {"prompt_tokens": 3, "completion_tokens": 2}

    got = streamed(
        b": keep-alive",
        b"",
        event({"role": "assistant", "content": ""}),
        event({"content": "449 "}),
        b"event: message",
        event({"content": "764\r"}) + b"\r",
        event({}, "stop"),
        b"data: " + json.dumps({"choices": [], "usage": usage}).encode(),
        b"data: [DONE]",
        b"data: nothing after the end counts",
    )

    assert Written("449 764\r", "stop", 3, None, 2) == got


def test_only_text_counts_as_the_first_token():
    stream = Stream()

    told = [stream.feed(event({"content": text})) for text in ("", None, "a", "b")]

    assert [False, False, True, True] == told


def test_an_empty_answer_is_an_answer():
    assert "" == streamed(event({"content": ""}), event({}, "stop")).text


@pytest.mark.parametrize(
    ("delta", "expected"),
    [
        ({"reasoning_content": "Hm"}, "only reasoning"),
        ({"reasoning": "Hm"}, "only reasoning"),
        ({"refusal": "I cannot"}, "the model refused: 'I cannot'"),
        ({"tool_calls": [{"index": 0}]}, "it holds tool_calls"),
        ({"content": "\n\n", "reasoning_content": "Hm"}, "only reasoning"),
    ],
)
def test_what_stands_elsewhere_is_not_the_answer(delta, expected):
    """Servers begin with a piece that holds the role and no text."""
    opening = event({"role": "assistant", "content": ""})

    with pytest.raises(InvalidReplyError) as caught:
        streamed(opening, event(delta), event({}, "length"))

    assert expected in str(caught.value)


def test_an_answer_after_reasoning_is_an_answer():
    got = streamed(event({"reasoning_content": "Hm"}), event({"content": "7"}), event({}, "stop"))

    assert "7" == got.text


@pytest.mark.parametrize(
    "body",
    [
        b'{"choices": [], "note": "' + b"x" * 160 + KEY.encode() + b'"}',
        b"x" * 170 + KEY.encode(),
        reply({"content": None, "refusal": "x" * 110 + KEY}),
        reply({"content": "7"}, "x" * 160 + KEY),
        json.dumps({"error": {"message": "x" * 580 + KEY}}).encode(),
        json.dumps({"error": {"message": "x" * 580 + KEY, "code": 400}}).encode(),
    ],
)
def test_no_part_of_the_key_is_left_where_a_reply_is_cut(body):
    with pytest.raises((InvalidReplyError, TransientError, EndpointError)) as caught:
        from_json(body, Excerpts(KEY))

    assert KEY[:8] not in str(caught.value)
    assert "***" in str(caught.value)


@pytest.mark.parametrize(
    "events",
    [
        [event({"refusal": "x" * 180 + KEY[:9]}), event({"refusal": KEY[9:]}), event({}, "stop")],
        [event({"content": {"x" * 160: KEY}})],
        [event("x" * 120 + KEY)],
        [b"data: " + b"x" * 170 + KEY.encode()],
        [b"data: " + json.dumps({"error": {"message": "x" * 580 + KEY}}).encode()],
    ],
)
def test_no_part_of_the_key_is_left_where_an_event_is_cut(events):
    stream = Stream(Excerpts(KEY))

    with pytest.raises((InvalidReplyError, TransientError, EndpointError)) as caught:
        [*map(stream.feed, events), stream.written()]

    assert KEY[:8] not in str(caught.value)
    assert "***" in str(caught.value)


def test_a_stream_that_breaks_off_may_be_tried_again():
    with pytest.raises(TransientError, match="broke off"):
        streamed(event({"content": "half"}))


@pytest.mark.parametrize(
    "line",
    [b"data: {", b"data: []", event("text"), event({"content": 7})],
)
def test_an_event_that_is_none_is_shown(line):
    with pytest.raises(InvalidReplyError):
        streamed(line)
