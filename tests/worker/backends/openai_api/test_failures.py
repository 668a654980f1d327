import html
import json
from urllib.parse import quote

import pytest
from vlmhb_worker.backend import RequestTooLargeError
from vlmhb_worker.backends.openai_api.excerpts import Excerpts
from vlmhb_worker.backends.openai_api.failures import (
    SAID_CHARS,
    EndpointError,
    PageRefusedError,
    TransientError,
    model_unknown,
    of_status,
    what_was_said,
)
from vlmhb_worker.failures import reason_of


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504, 529])
def test_what_may_pass_is_transient(status):
    assert isinstance(of_status(status, b""), TransientError)


@pytest.mark.parametrize("status", [301, 400, 401, 403, 404, 405, 410, 413, 418, 422])
def test_what_will_not_pass_is_not(status):
    assert not isinstance(of_status(status, b""), TransientError)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("This model's maximum context length is 512 tokens. You requested 900", "large"),
        ("The prompt is too long", "large"),
        ("Input length (900) exceeds model's maximum context length (512)", "large"),
        ("At most 1 image(s) may be provided in one prompt.", "large"),
        ("Image size exceeds the limit of 20 MB", "large"),
        ("cannot identify image file <_io.BytesIO object>", "page"),
        ("Invalid image: the format is not supported", "page"),
        ("Your image is not valid: unsupported image", "page"),
        ("Request payload size exceeds the limit: 20971520 bytes.", "large"),
        ("At most 1 image(s) may be provided in one prompt. (parameter=image, value=2)", "large"),
        ("max_tokens is too large: 900. The model's context window is 512 tokens", "large"),
        ("max_tokens is too large: 9000. This model writes at most 4096", "other"),
        (
            "Invalid content type. image_url is only supported by certain models.",
            "other",
        ),
        ("Unsupported parameter: 'seed' is not there for models with image input", "other"),
        ("Unsupported value: 'temperature' does not support 0 with an image", "other"),
        ("This model does not support image input in this format", "other"),
        ("top_p value exceeds the limit", "other"),
        ("The stop sequence is too long", "other"),
        ("Unknown parameter: seed", "other"),
        ("temperature must be positive", "other"),
    ],
)
def test_servers_say_in_words_what_is_wrong_with_a_request(said, expected):
    kinds = {"large": RequestTooLargeError, "page": PageRefusedError, "other": EndpointError}

    got = of_status(400, said.encode())

    assert kinds[expected] is type(got)
    assert ("model_error" if expected == "other" else "input_error") == reason_of(got)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"error": {"message": "no", "type": "x"}}', "no"),
        (b'{"error": "no"}', "no"),
        (b'{"object": "error", "message": "no"}', "no"),
        (b'{"detail": [{"loc": ["body"]}]}', '[{"loc": ["body"]}]'),
        (b"<html><head><title>502 Bad\nGateway</title></head></html>", "502 Bad Gateway"),
        (b"plain  words\n", "plain words"),
        (b"", ""),
        (b"\xff", "\ufffd"),
    ],
)
def test_the_sentence_is_found_whatever_server_wrote_it(body, expected):
    assert expected == what_was_said(body)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        ({"message": "no", "code": "context_length_exceeded", "param": "max_tokens"}, "large"),
        ({"message": "no", "code": "image_parse_error", "param": None}, "page"),
        ({"message": "Invalid image", "code": None, "param": "messages.[0].content"}, "page"),
        ({"message": "Invalid image detail", "code": None, "param": "detail"}, "other"),
        ({"message": "The prompt is too long", "code": 400, "param": "chat_template"}, "other"),
    ],
)
def test_a_code_or_the_name_of_a_field_says_it_for_certain(error, expected):
    kinds = {"large": RequestTooLargeError, "page": PageRefusedError, "other": EndpointError}

    bodies = [json.dumps(body).encode() for body in ({"error": error}, error)]

    assert [kinds[expected]] * 2 == [type(of_status(400, body)) for body in bodies]


@pytest.mark.parametrize("key", ["sk-canary-" + "7f3a9c" * 8, 'sk-"canary"/\\<7f3a9c>&\'' * 3])
@pytest.mark.parametrize("written", [str, json.dumps, html.escape, repr, quote])
def test_no_part_of_the_key_is_left_where_an_error_is_cut(key, written):
    body = ("x" * (SAID_CHARS - 30) + written(key)).encode()

    got = str(of_status(400, body, excerpts=Excerpts(key)))

    assert written(key).strip("'\"")[:8] not in got
    assert "***" in got


def test_no_more_than_a_paragraph_is_passed_on():
    assert SAID_CHARS == len(what_was_said(b"x" * 100_000))


def test_without_a_key_the_advice_is_to_name_one():
    assert "params.api_key_secret" in str(of_status(401, b""))
    assert "Check the value of MY_KEY" in str(of_status(401, b"", secret="MY_KEY"))


def test_an_empty_account_is_not_waited_for():
    body = b'{"error": {"message": "You exceeded your quota", "code": "insufficient_quota"}}'

    assert EndpointError is type(of_status(429, body))


def test_a_long_list_of_models_is_cut():
    text = str(model_unknown("HTTP 404", "m", [f"m{number:02}" for number in range(40)]))

    assert text.endswith("m29 and 10 more")
