"""Pages at their marks, and everything that only looks like one."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from vlmhb_worker import placed
from vlmhb_worker.backend import Page, Request

PAGES = tuple(Page(str(number)) for number in range(1, 13))
ONE, TWO, TEN = PAGES[0], PAGES[1], PAGES[9]


def asked(prompt: str, pages: Sequence[Page] = PAGES[:2], *, page_marks: bool = True) -> Request:
    return Request("r", prompt, "see <image 1>", pages, page_marks=page_marks)


def parts(prompt: str, pages: Sequence[Page] = PAGES[:2]) -> tuple[placed.Part, ...]:
    return placed.parts(asked(prompt, pages), places=True)


def test_a_page_stands_where_its_mark_stood():
    assert ("In ", TWO, " and ", ONE, "?") == parts("In <image 2> and <image 1>?")


def test_a_mark_in_an_option_is_a_mark():
    assert ("Which?\nA. ", ONE, "\nB. ", TWO, "\n") == parts("Which?\nA. <image 1>\nB. <image 2>\n")


def test_a_page_is_shown_as_often_as_it_is_named_and_one_that_is_not_never():
    assert (TWO, " or ", TWO) == parts("<image 2> or <image 2>")


def test_marks_on_end_have_no_empty_words_between_them():
    assert (ONE, TWO, "?") == parts("<image 1><image 2>?")


def test_a_number_may_have_two_digits():
    assert (TEN, " not ", ONE, "0>") == parts("<image 10> not <image 1>0>", PAGES)


@pytest.mark.parametrize(
    "prompt",
    [
        "No marks.",
        "",
        "<image 3>",
        "<image 0>",
        "<image 01>",
        "<image -1>",
        "<image 1 >",
        "<Image 1>",
        "<image>",
        "<image \u0661>",
        f"<image {'9' * 5000}>",
    ],
)
def test_without_a_mark_of_a_page_all_pages_come_first(prompt: str):
    assert (ONE, TWO, prompt) == parts(prompt)
    assert not placed.has_marks(asked(prompt))


def test_a_mark_without_a_page_stays_in_the_text():
    assert (ONE, " but <image 3>") == parts("<image 1> but <image 3>")


@pytest.mark.parametrize(("page_marks", "places"), [(False, True), (True, False)])
def test_marks_are_text_to_a_task_or_a_model_without_them(page_marks: bool, places: bool):
    request = asked("See <image 2>.", page_marks=page_marks)

    assert (ONE, TWO, "See <image 2>.") == placed.parts(request, places=places)


@given(st.lists(st.text() | st.sampled_from(["<image 1>", "<image 2>", "<image 3>", "<image "])))
def test_no_word_is_lost(pieces: list[str]):
    prompt = "".join(pieces)
    found = parts(prompt)

    if placed.has_marks(asked(prompt)):
        written = [part if isinstance(part, str) else f"<image {part.sha256}>" for part in found]
        assert prompt == "".join(written)
    else:
        assert (ONE, TWO, prompt) == found


def test_a_message_holds_the_parts_in_their_order():
    content = placed.content_of((ONE, "a", TWO), lambda page: {"type": page.sha256})

    assert [{"type": "1"}, {"type": "text", "text": "a"}, {"type": "2"}] == content
    assert [ONE, TWO] == placed.pages_of((ONE, "a", TWO))


@pytest.mark.parametrize(
    ("order", "keeps"),
    [((0, 1, 2), True), ((1, 0, 2), False), ((0, 2, 1), False), ((0, 2), False), ((0, 1), False)],
)
def test_a_template_that_moves_pages_is_noticed(order: tuple[int, ...], keeps: bool):
    def render(shown: Sequence[placed.Part]) -> str:
        texts = [part if isinstance(part, str) else "<page>" for part in shown]
        return "[user] " + "\n".join(texts[place] for place in order)

    assert keeps == placed.keeps_order(render)
