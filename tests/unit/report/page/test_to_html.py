import base64
import hashlib
import re
import tracemalloc
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from tests.unit.report.made import html_of
from vlmhb.domain.results import Results
from vlmhb.domain.run import RunPlan
from vlmhb.report.entries import entries_of
from vlmhb.report.figures.leaderboard import leaderboard
from vlmhb.report.write import documents_of


class Page(HTMLParser):
    """What a browser would see: tags, attributes and text."""

    def __init__(self, content: bytes) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._inside = ""
        self.blocks: dict[str, str] = {"style": "", "script": ""}
        self.feed(content.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._inside = tag
        if tag in self.blocks:
            self.blocks[tag] = ""

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside in self.blocks:
            self.blocks[self._inside] += data
        else:
            self.text += data


@pytest.fixture(scope="module")
def page(documents: dict[str, bytes]) -> Page:
    return Page(documents["report.html"])


@pytest.fixture(scope="module")
def hostile_page(hostile_documents: dict[str, bytes]) -> Page:
    return Page(hostile_documents["report.html"])


def policy(page: Page) -> str:
    (content,) = [
        attributes["content"] or ""
        for tag, attributes in page.tags
        if tag == "meta" and attributes.get("http-equiv") == "Content-Security-Policy"
    ]
    return content


def digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def test_the_policy_lets_only_our_own_style_and_script_run(page: Page):
    assert policy(page).startswith("default-src 'none';")
    assert f"script-src 'sha256-{digest(page.blocks['script'])}';" in policy(page)
    assert f"style-src 'sha256-{digest(page.blocks['style'])}';" in policy(page)
    assert "unsafe" not in policy(page)


def test_nothing_is_loaded_from_anywhere(page: Page):
    wanted = [
        attributes[name]
        for _, attributes in page.tags
        for name in ("src", "href", "action", "srcset")
        if attributes.get(name)
    ]

    assert wanted
    assert [] == [address for address in wanted if address and not address.startswith("#")]


def test_nothing_is_styled_or_scripted_in_an_attribute(hostile_page: Page):
    names = {name for _, attributes in hostile_page.tags for name in attributes}

    assert not [name for name in names if name.startswith("on") or name == "style"]


def test_hostile_text_adds_no_tag(hostile_page: Page, page: Page):
    assert {tag for tag, _ in hostile_page.tags} <= {tag for tag, _ in page.tags}
    ours, theirs = ([tag for tag in p.tags if tag[0] == "script"] for p in (page, hostile_page))
    # Data in as many blocks as it takes, and one script.
    blocks = [tag for tag in theirs if tag[1].get("class") == "texts"]
    assert 3 == len(ours)
    assert [ours[0], *blocks, ours[2]] == theirs
    assert {("script", str(ours[1][1]))} == {(name, str(attributes)) for name, attributes in blocks}


def test_hostile_text_is_shown_as_text(hostile_page: Page):
    assert "<img src=x onerror=alert(1)>" in hostile_page.text
    assert "\\x1b[2J" in hostile_page.text
    assert not re.search("[\u202e\u2066\x00\x1b]", hostile_page.text)


def test_the_leaderboard_needs_no_script(page: Page):
    for words in ("chatty-vl-7b", "mechanism, not quality", "best", "field_found", "not measured"):
        assert words in page.text


def test_what_did_not_work_is_told_with_the_way_out(page: Page):
    assert "apt-get install tesseract-ocr-kor" in page.text
    assert "tesseract-kor was not evaluated:" in page.text
    assert "RuntimeError: session closed <b>" in page.text
    assert "This run is not finished: 1 sample was not answered yet." in page.text


def test_envs_are_told_with_their_packages(page: Page):
    assert "1.26.4" in page.text
    assert "2 packages" in page.text
    assert "1 inherited package" in page.text
    assert "Envs of the models" in page.text


def test_a_model_in_an_env_without_a_lock_is_marked(page: Page, results: Results):
    locked = Page(documents_of(replace(results, unlocked=frozenset()))["report.html"])

    in_leaderboard = len([model for model in results.unlocked for _ in results.tasks])
    in_models = in_models_by_tasks = len(results.unlocked)
    expected = in_leaderboard + in_models + in_models_by_tasks
    assert expected == page.text.count("unlocked") - locked.text.count("unlocked")


def test_an_empty_run_still_has_a_page(results: Results):
    empty = replace(
        results,
        models=(),
        unavailable={},
        tasks=(),
        plan=RunPlan((), {}),
        outcomes={},
        scores=(),
        summaries=(),
        provenance={},
    )

    page = Page(documents_of(empty)["report.html"])

    assert "No model was evaluated." in page.text


def test_pictures_are_not_held_at_four_bytes_a_letter(results: Results):
    """As a text with one emoji in it would be, though base64 takes one."""
    named = replace(results, name="\U0001f4c4", models=(), plan=RunPlan((), {}), tasks=())
    entries, board = entries_of(named), leaderboard(named)
    picture = "A" * 20_000_000
    html_of(named, entries, board)
    tracemalloc.start()
    try:
        page = html_of(named, entries, board, {"0" * 64: picture})
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert len(page) > len(picture)
    assert peak < 4 * len(picture)
