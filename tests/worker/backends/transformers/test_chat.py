"""Questions as conversations: what templates make of them, and what they must not lose."""

import json
from pathlib import Path
from typing import Any

import pytest
from jinja2.exceptions import TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from vlmhb_worker.backend import Page
from vlmhb_worker.backends.transformers import chat

MARK = "<image>"
TURNS = (
    "{% for m in messages %}[{{ m.role }}]"
    "{% if m.content is string %}{{ m.content }}{% else %}"
    "{% for c in m.content %}{{ '<image>' if c.type == 'image' else c.text }}{% endfor %}"
    "{% endif %}{% endfor %}{% if add_generation_prompt %}[assistant]{% endif %}"
)
PLAIN_SYSTEM = (
    "{% for m in messages %}[{{ m.role }}]"
    "{% if m.role == 'system' %}{{ '' + m.content }}{% else %}"
    "{% for c in m.content %}{{ '<image>' if c.type == 'image' else c.text }}{% endfor %}"
    "{% endif %}{% endfor %}"
)
NO_SYSTEM = (
    "{% for m in messages %}"
    "{% if m.role == 'system' %}{{ raise_exception('no system') }}{% endif %}"
    "{% for c in m.content %}{{ '<image>' if c.type == 'image' else c.text }}{% endfor %}"
    "{% endfor %}"
)
DROPS_SYSTEM = (
    "{% for m in messages if m.role == 'user' %}"
    "{% for c in m.content %}{{ '<image>' if c.type == 'image' else c.text }}{% endfor %}"
    "{% endfor %}"
)
PAGES_FIRST = (
    "{% for m in messages %}[{{ m.role }}]"
    "{% for c in m.content if c.type == 'image' %}<image>{% endfor %}"
    "{% for c in m.content if c.type == 'text' %}{{ c.text }}{% endfor %}{% endfor %}"
)
ONE_PAGE = "{% for m in messages %}<image>{{ m.content[-1].text }}{% endfor %}"


class Tokenizer:
    """Renders templates in the way of transformers' tokenizers."""

    chat_template = None

    def apply_chat_template(self, messages: Any, *, chat_template: str, **options: Any) -> str:
        assert options.pop("tokenize") is False
        environment = ImmutableSandboxedEnvironment()
        environment.globals["raise_exception"] = self._refuse
        return environment.from_string(chat_template).render(messages=messages, **options)

    def _refuse(self, text: str) -> None:
        raise TemplateError(text)


def render(template: str, system_prompt: str, prompt: str, pages: int) -> tuple[str, bool]:
    shown = (Page(str(number)) for number in range(pages))
    parts: tuple[str | Page, ...] = (*shown, prompt)
    return chat.Chat(Tokenizer(), template, MARK).render(system_prompt, parts)


def test_pages_stand_before_the_prompt():
    assert ("[user]<image><image>Total?[assistant]", False) == render(TURNS, "", "Total?", 2)


def test_pages_stand_among_the_words_where_their_marks_stood():
    rendered = chat.Chat(Tokenizer(), TURNS, MARK).render("", ("In ", Page("1"), "?", Page("1")))

    assert ("[user]In <image>?<image>[assistant]", False) == rendered


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (("In ", Page("1"), "?"), "Be brief.\n\nIn <image>?"),
        ((Page("1"), "Read.", Page("1")), "<image>Be brief.\n\nRead.<image>"),
        ((Page("1"),), "<image>Be brief."),
    ],
)
def test_a_system_prompt_without_a_place_stands_before_the_first_words(
    parts: tuple[str | Page, ...], expected: str
):
    rendered = chat.Chat(Tokenizer(), NO_SYSTEM, MARK).render("Be brief.", parts)

    assert (expected, False) == rendered


@pytest.mark.parametrize(
    ("template", "keeps"),
    [(TURNS, True), (PAGES_FIRST, False), (ONE_PAGE, False), ("{{ 1 + messages }}", False)],
)
def test_only_a_template_that_leaves_pages_among_words_can_place_them(template: str, keeps: bool):
    assert keeps == chat.Chat(Tokenizer(), template, MARK).keeps_order()


def test_a_system_prompt_is_a_turn_of_its_own():
    text, has_system = render(TURNS, "Be brief.", "Total?", 1)

    assert "[system]Be brief.[user]<image>Total?[assistant]" == text
    assert has_system


def test_a_template_that_wants_plain_text_for_the_system_gets_it():
    assert ("[system]Be brief.[user]<image>Total?", True) == render(
        PLAIN_SYSTEM, "Be brief.", "Total?", 1
    )


@pytest.mark.parametrize("template", [NO_SYSTEM, DROPS_SYSTEM])
def test_a_system_prompt_without_a_place_stands_before_the_prompt(template: str):
    """Dropped, it would be a silent difference between two models of one benchmark."""
    assert ("<image>Be brief.\n\nTotal?", False) == render(template, "Be brief.", "Total?", 1)


@pytest.mark.parametrize("pages", [0, 2])
def test_a_template_that_writes_another_number_of_pages_is_refused(pages: int):
    with pytest.raises(ValueError, match=f"1 image marks <image> for {pages} pages"):
        render(ONE_PAGE, "", "Total?", pages)


def test_the_mark_is_what_the_template_writes_for_a_page():
    candidates = ["<soft>", "<image>", "<other>"]

    assert "<image>" == chat.find_mark(Tokenizer(), TURNS, candidates)
    assert "<soft>" == chat.find_mark(Tokenizer(), "", candidates)


@pytest.mark.parametrize(("system", "prompt"), [("", "see <image>"), ("<image>", "Total?")])
def test_a_prompt_cannot_pass_for_a_page(system: str, prompt: str):
    with pytest.raises(ValueError, match="<image>"):
        chat.refuse_marks((MARK, ""), prompt, system)


class Owner:
    """A processor or tokenizer with a template."""

    def __init__(self, chat_template: Any) -> None:
        self.chat_template = chat_template


@pytest.mark.parametrize(
    ("processor", "tokenizer", "expected"),
    [("p", "t", "p"), (None, "t", "t"), ({"default": "d", "tool": "x"}, "t", "d"), (None, {}, "")],
)
def test_the_processors_template_goes_before_the_tokenizers(
    tmp_path: Path, processor: Any, tokenizer: Any, expected: str
):
    assert expected == chat.find_template(str(tmp_path), Owner(processor), Owner(tokenizer))


def test_a_template_in_a_file_of_its_own_is_found(tmp_path: Path):
    """Libraries before 4.43 do not read it."""
    (tmp_path / "chat_template.json").write_text(json.dumps({"chat_template": "j"}))
    assert "j" == chat.find_template(str(tmp_path), Owner(None), Owner(None))
    (tmp_path / "chat_template.jinja").write_text("jinja")
    assert "jinja" == chat.find_template(str(tmp_path), Owner(None), Owner(None))
