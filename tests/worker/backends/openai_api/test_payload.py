import json
from dataclasses import replace
from typing import Any

from vlmhb_worker.backend import Generation, LoadJob, Page, Request
from vlmhb_worker.backends.openai_api.payload import body_of
from vlmhb_worker.backends.openai_api.settings import read_settings

ASKED = Request("r", "Итого?", "Be brief.", (), Generation(max_new_tokens=16, seed=7))


def body(request: Request = ASKED, **params: object) -> Any:
    settings = read_settings(LoadJob({"base_url": "http://h/v1", **params}, "", 0))
    return json.loads(body_of(request, lambda page: f"data:{page.sha256}", settings, "tiny"))


def test_the_pages_stand_before_the_prompt():
    content = body(replace(ASKED, pages=(Page("1"), Page("2"))))["messages"][-1]["content"]

    assert [
        {"type": "image_url", "image_url": {"url": "data:1"}},
        {"type": "image_url", "image_url": {"url": "data:2"}},
        {"type": "text", "text": "Итого?"},
    ] == content


def test_marks_place_pages():
    marked = Request("r", "In <image 2>, not", "", (Page("1"), Page("2")), page_marks=True)

    assert [
        {"type": "text", "text": "In "},
        {"type": "image_url", "image_url": {"url": "data:2"}},
        {"type": "text", "text": ", not"},
    ] == body(marked)["messages"][-1]["content"]


def test_a_question_without_pages_is_plain_text_as_every_server_takes_it():
    assert [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Итого?"},
    ] == body()["messages"]


def test_an_empty_system_prompt_is_left_out():
    assert 1 == len(body(Request("r", "q", " ", ()))["messages"])


def test_all_generation_settings_are_sent():
    sent = body()

    assert (16, 0.0, 1.0, 7) == (
        sent["max_tokens"],
        sent["temperature"],
        sent["top_p"],
        sent["seed"],
    )
    assert "stop" not in sent


def test_usage_is_asked_for_when_the_answer_is_streamed():
    assert {"include_usage": True} == body()["stream_options"]
    assert "stream_options" not in body(stream=False)


def test_what_the_endpoint_refuses_can_be_left_out_or_called_by_its_other_name():
    sent = body(leave_out=["temperature", "seed"], max_tokens_name="max_completion_tokens")

    assert 16 == sent["max_completion_tokens"]
    assert not {"max_tokens", "temperature", "seed"} & set(sent)


def test_extra_is_passed_on():
    assert {"top_k": 1} == body(extra={"mm": {"top_k": 1}})["mm"]


def test_a_lone_surrogate_does_not_stop_a_request():
    assert "?" == body(Request("r", "\ud800", "", ()))["messages"][0]["content"]
