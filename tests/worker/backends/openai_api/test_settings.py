import re

import pytest
from vlmhb_worker.backend import LoadJob
from vlmhb_worker.backends.openai_api.settings import read_settings, served_name

URL = "https://host:8000/v1"


def job(weights: str = "", secrets: dict[str, str] | None = None, **params: object) -> LoadJob:
    return LoadJob(params, "/scratch", 0, weights=weights, secrets=secrets or {})


def test_an_address_is_all_it_needs():
    settings = read_settings(job(base_url=URL + "/"))

    assert (URL, "", 8, True, 120.0) == (
        settings.base_url,
        settings.api_key,
        settings.concurrency,
        settings.stream,
        settings.ready_timeout_s,
    )


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"base_uri": URL}, "unknown params: base_uri"),
        ({"base_url": "host:8000"}, "params.base_url: got 'host:8000'"),
        ({"base_url": "http://user:secret@host/v1"}, "without user"),
        ({"base_url": "http://host/v1?key=1"}, "without user, query"),
        ({"base_url": "http://host:x/v1"}, "params.base_url"),
        ({"base_url": 5}, "params.base_url: got 5"),
        ({"base_url": URL, "concurrency": 0}, "params.concurrency: got 0"),
        ({"base_url": URL, "concurrency": True}, "params.concurrency"),
        ({"base_url": URL, "timeout_s": -1}, "params.timeout_s: got -1, expected seconds"),
        ({"base_url": URL, "images": "ftp"}, "params.images: got 'ftp', expected data or file"),
        ({"base_url": URL, "leave_out": ["sead"]}, "params.leave_out"),
        ({"base_url": URL, "extra": {"temperature": 1}}, "params.extra"),
        ({"base_url": URL, "extra": {"messages": []}}, "params.extra"),
        ({}, "either base_url or server"),
        ({"base_url": URL, "server": {"engine": "vllm"}}, "either base_url or server"),
        ({"server": {"engine": "vllm"}}, "names no weights"),
        ({"server": {"engine": "tgi"}}, "got 'tgi', expected vllm or sglang"),
        ({"server": {"engine": "vllm", "arguments": "--x"}}, "a list of texts"),
    ],
)
def test_a_param_that_cannot_be_meant_is_named(params, expected):
    with pytest.raises(ValueError, match=re.escape(expected)):
        read_settings(job(**params))


def test_a_secret_that_is_not_there_is_named():
    with pytest.raises(ValueError, match="no secret MY_KEY; list it under `secrets`"):
        read_settings(job(base_url=URL, api_key_secret="MY_KEY"))


@pytest.mark.parametrize("value", ["clé", "two words", "two\nlines"])
def test_a_key_that_no_header_carries_is_refused_without_being_shown(value):
    with pytest.raises(ValueError, match="MY_KEY") as caught:
        read_settings(job(base_url=URL, api_key_secret="MY_KEY", secrets={"MY_KEY": value}))

    assert value not in str(caught.value)


def test_the_key_is_not_in_the_settings_text():
    settings = read_settings(
        job(base_url=URL, api_key_secret="MY_KEY", secrets={"MY_KEY": " sk-1 \n"})
    )

    assert "sk-1" == settings.api_key
    assert "sk-1" not in repr(settings)


def test_a_server_of_our_own_has_longer_and_serves_the_weights_under_their_folders_name():
    settings = read_settings(
        job(weights="/w/qwen", server={"engine": "vllm", "arguments": ["--max-model-len", 512]})
    )

    assert ("vllm", ("--max-model-len", "512")) == (
        settings.server and settings.server.engine,
        settings.server and settings.server.arguments,
    )
    assert 1800.0 == settings.ready_timeout_s
    assert "qwen" == served_name(settings, "/w/qwen/")
