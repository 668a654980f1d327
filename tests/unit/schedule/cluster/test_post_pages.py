"""Pages of requests, some of which a node has."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.build import page, request
from vlmhb.domain.sample import PageContent
from vlmhb.schedule.cluster.post import missing_pages, with_pages


def test_a_file_that_may_not_be_looked_at_is_one_that_is_missing(monkeypatch: pytest.MonkeyPatch):
    def refuse(_self: Path) -> bool:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "exists", refuse)

    assert (page("r1"),) == missing_pages(request("r1"))


def test_a_page_that_is_shown_twice_is_wanted_once():
    assert (page("r1"),) == missing_pages(replace(request("r1"), pages=(page("r1"), page("r1"))))


def test_pages_that_the_node_has_stay_beside_those_that_were_given():
    asked = replace(request("r1"), pages=(page("here"), page("there")))
    given = PageContent(page("there").path, page("there").sha256, 100, 200, b"content")

    assert (page("here"), given) == with_pages(asked, {page("there"): given}).pages
