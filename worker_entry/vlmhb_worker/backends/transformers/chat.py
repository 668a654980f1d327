"""A question as the conversation that a model was trained on."""

import os
from typing import Any, Dict, List, Sequence, Tuple

from vlmhb_worker import placed
from vlmhb_worker.backend import Page
from vlmhb_worker.backends.transformers.checkpoint import read_json

Message = Dict[str, Any]


def find_template(folder: str, processor: Any, tokenizer: Any) -> str:
    """The checkpoint's chat template (Jinja), or an empty text.

    It is looked for in the folder too: transformers before 4.43 leaves the processor's file alone.
    """
    for owner in (processor, tokenizer):
        template = getattr(owner, "chat_template", None)
        if isinstance(template, dict):
            template = template.get("default")
        if template:
            return str(template)
    try:
        with open(os.path.join(folder, "chat_template.jinja"), encoding="utf-8") as file:
            return file.read()
    except FileNotFoundError:
        return str(read_json(folder, "chat_template.json").get("chat_template", ""))


def find_mark(tokenizer: Any, template: str, candidates: Sequence[str]) -> str:
    """The candidate that the template writes once for one page; without a template the first."""
    text = _try_apply(tokenizer, template, [_turn("user", Page(""), "x")]) if template else ""
    return next((mark for mark in candidates if text.count(mark) == 1), candidates[0])


def refuse_marks(marks: Tuple[str, ...], *texts: str) -> None:
    """Refuse a text with a mark in it that the model would take for a page.

    Raises:
        ValueError: naming the mark.
    """
    for mark in marks:
        if mark and any(mark in text for text in texts):
            raise ValueError(f"the prompt holds {mark}, which stands for a page")


class Chat:
    """A chat template, as one tokenizer applies it."""

    def __init__(self, tokenizer: Any, template: str, mark: str) -> None:
        """`mark` is what the template writes for a page."""
        self._tokenizer = tokenizer
        self._template = template
        self._mark = mark

    def keeps_order(self) -> bool:
        """Whether the template leaves a page where it stands among words."""
        return placed.keeps_order(
            lambda parts: _try_apply(self._tokenizer, self._template, [_turn("user", *parts)])
        )

    def render(self, system_prompt: str, parts: Sequence[placed.Part]) -> Tuple[str, bool]:
        """(the conversation up to where the answer begins, whether it has a system turn).

        A template may know no system turn, or drop it without a word; the system prompt then
        stands before the prompt.

        Raises:
            ValueError: the template writes another number of pages.
        """
        pages = len(placed.pages_of(parts))
        asked = [_turn("user", *parts)]
        if system_prompt:
            for system in (_turn("system", system_prompt), _plain("system", system_prompt)):
                text = _try_apply(self._tokenizer, self._template, [system, *asked])
                if system_prompt in text and text.count(self._mark) == pages:
                    return text, True
            asked = [_turn("user", *_told_first(system_prompt, parts))]
        text = _apply(self._tokenizer, self._template, asked)
        marks = text.count(self._mark)
        if marks != pages:
            raise ValueError(
                f"the chat template wrote {marks} image marks {self._mark} for {pages} pages"
            )
        return text, False


def _turn(role: str, *parts: placed.Part) -> Message:
    return {"role": role, "content": placed.content_of(parts, lambda _: {"type": "image"})}


def _told_first(system_prompt: str, parts: Sequence[placed.Part]) -> List[placed.Part]:
    """The system prompt before the first words, behind the pages that stand before them."""
    told = list(parts)
    place = next((place for place, part in enumerate(told) if isinstance(part, str)), len(told))
    told[place : place + 1] = ["\n\n".join([system_prompt, *map(str, told[place : place + 1])])]
    return told


def _plain(role: str, text: str) -> Message:
    return {"role": role, "content": text}


def _try_apply(tokenizer: Any, template: str, messages: List[Message]) -> str:
    """The conversation, or an empty text when the template refuses it."""
    from jinja2 import TemplateError

    try:
        return _apply(tokenizer, template, messages)
    except (TemplateError, TypeError):
        return ""


def _apply(tokenizer: Any, template: str, messages: List[Message]) -> str:
    text = tokenizer.apply_chat_template(
        messages, chat_template=template, tokenize=False, add_generation_prompt=True
    )
    return str(text)
