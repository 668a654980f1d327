"""Where the pages of a request stand among its words."""

import re
from typing import Any, Callable, Dict, Iterator, List, Sequence, Tuple, Union

from vlmhb_worker.backend import Page, Request

Part = Union[str, Page]

NOT_PLACED = "page marks left in the text"
"""What answers of a backend are marked with that shows pages first where marks place them."""

_MARK = re.compile(r"<image ([1-9][0-9]{0,3})>")
_WORDS = ("words that come first", "words that come last")


def has_marks(request: Request) -> bool:
    """Whether marks in the prompt say where its pages stand."""
    return request.page_marks and any(_named(request))


def parts(request: Request, *, places: bool) -> Tuple[Part, ...]:
    """Pages and words in the order in which the model is to see them.

    Usually all pages come first. Where the request's marks place them, a page stands wherever
    `<image N>` names it, once or several times, and one that is not named is not shown; a number
    without a page stays in the text. `places` False is for models that take pages first only.
    """
    if not (places and has_marks(request)):
        return (*request.pages, request.prompt)
    found: List[Part] = []
    end = 0
    for mark in _named(request):
        found += [request.prompt[end : mark.start()], request.pages[int(mark[1]) - 1]]
        end = mark.end()
    found.append(request.prompt[end:])
    return tuple(part for part in found if part != "")


def pages_of(placed: Sequence[Part]) -> List[Page]:
    """The pages among them; one that is shown twice twice."""
    return [part for part in placed if isinstance(part, Page)]


def content_of(
    placed: Sequence[Part], show: Callable[[Page], Dict[str, Any]]
) -> List[Dict[str, Any]]:
    """The same as the content of a chat message, with pages as `show` has them."""
    return [
        {"type": "text", "text": part} if isinstance(part, str) else show(part) for part in placed
    ]


def keeps_order(render: Callable[[Sequence[Part]], str]) -> bool:
    """Whether a chat template leaves a page between its words: some write all pages first."""
    first, last = _WORDS
    _, _, behind = render((first, Page(""), last)).partition(first)
    between, found, _ = behind.partition(last)
    return bool(found and between.strip())


def _named(request: Request) -> Iterator["re.Match[str]"]:
    marks = _MARK.finditer(request.prompt)
    return (mark for mark in marks if int(mark[1]) <= len(request.pages))
