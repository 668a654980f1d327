"""Answers that miss the marks of their pages say so."""

from typing import Any

import pytest
from vlmhb_worker import placed
from vlmhb_worker.backend import Reply
from vlmhb_worker.feed import Feed

from tests.contract.workers import raw_request

PAGE = {"sha256": "ab", "path": "/page.png", "content": None}


class Inbox:
    """One request that waits."""

    def __init__(self, prompt: str, *, page_marks: bool) -> None:
        fields = {"prompt": prompt, "pages": [PAGE], "page_marks": page_marks}
        self._order = {**raw_request("a"), **fields}

    def take_requests(self, limit: int, *, wait: bool) -> list[Any]:
        return [self._order]

    def settle(self, request_id: str) -> bool:
        return request_id == "a"


class Link:
    """Keeps what is sent."""

    def __init__(self) -> None:
        self.sent: list[Any] = []

    def send(self, message: Any) -> None:
        self.sent.append(message)


def settled(result: Any, prompt: str, *, page_marks: bool = True, places_pages: bool) -> Any:
    inbox: Any = Inbox(prompt, page_marks=page_marks)
    link: Any = Link()
    feed = Feed(inbox, link, places_pages=places_pages)
    (request,) = feed.take(1, wait=True)
    feed.settle(request.id, result)
    return link.sent[0]


def test_an_answer_of_a_backend_that_leaves_marks_in_the_text_is_marked():
    message = settled(Reply("x", degraded=("less",)), "In <image 1>?", places_pages=False)

    assert [placed.NOT_PLACED, "less"] == message["degraded"]


@pytest.mark.parametrize(
    ("prompt", "page_marks", "places_pages"),
    [("In <image 1>?", True, True), ("In it?", True, False), ("In <image 1>?", False, False)],
)
def test_any_other_answer_is_not(prompt: str, page_marks: bool, places_pages: bool):
    message = settled(Reply("x"), prompt, page_marks=page_marks, places_pages=places_pages)

    assert [] == message["degraded"]


def test_a_failure_stays_a_failure():
    message = settled(ValueError("no"), "In <image 1>?", places_pages=False)

    assert "failed" == message["type"]
