"""Questions in the words of models whose code comes with the weights."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from vlmhb_worker.backend import Generation, Page, PageError
from vlmhb_worker.backends.pages import open_page
from vlmhb_worker.backends.transformers.families.internvl_chat import InternVlChatFamily
from vlmhb_worker.backends.transformers.families.minicpm_v import MiniCpmVFamily
from vlmhb_worker.backends.transformers.families.monkey import MonkeyFamily
from vlmhb_worker.backends.transformers.families.mplug_owl2 import MplugOwl2Family
from vlmhb_worker.backends.transformers.families.own_code import OwnCodeFamily
from vlmhb_worker.backends.transformers.families.phi3_vision import Phi3VisionFamily
from vlmhb_worker.backends.transformers.families.qwen_vl_chat import QwenVlChatFamily
from vlmhb_worker.backends.transformers.families.xcomposer import XComposerFamily
from vlmhb_worker.backends.transformers.families.xcomposer2 import XComposer2Family

from tests.worker.backends.transformers.stand_ins import Numbers, Words, ask, made, page


class QwenModel:
    """Has the signature of Qwen-VL-Chat's model; `make_context` lies in its module, as there."""

    def chat(self, tokenizer: Any, query: str, history: Any, system: str = "Be helpful.") -> str:
        return query


def make_context(
    tokenizer: Any, query: str, history: Any, system: str, chat_format: str
) -> tuple[str, list[str]]:
    """ChatML, as Qwen's code writes it."""
    assert (history, chat_format) == ([], "chatml")
    text = f"system {system} user {query} assistant"
    return text, text.split()


def words_of(prepared: Any) -> str:
    return " ".join(prepared.inputs["tokens"])


@pytest.fixture
def qwen(tmp_path: Path) -> QwenVlChatFamily:
    family = made(QwenVlChatFamily(), tmp_path)
    family.whole = QwenModel()
    return family  # type: ignore[no-any-return]


def test_qwen_is_asked_by_its_own_chat_format_about_pages_in_their_order(
    qwen: QwenVlChatFamily, tmp_path: Path
):
    prepared = qwen.prepare(ask(pages=(page(tmp_path, "a.png"), page(tmp_path, "b.png"))))

    first, second = f"{tmp_path}/page-0.bmp", f"{tmp_path}/page-1.bmp"
    asked = f"<img> {first} </img> <img> {second} </img> Total?"
    assert f"system Be helpful. user {asked} assistant" == words_of(prepared)
    assert [first, second] == prepared.inputs["paths"]


def test_qwen_takes_the_system_prompt_in_place_of_its_own(qwen: QwenVlChatFamily):
    prepared = qwen.prepare(ask(system="Answer in Russian."))

    assert "system Answer in Russian. user Total? assistant" == words_of(prepared)


def test_qwen_counts_what_lies_between_the_marks_as_the_page(
    qwen: QwenVlChatFamily, tmp_path: Path
):
    with_page = qwen.prepare(ask(pages=(page(tmp_path),)))
    without = qwen.prepare(ask())

    assert (1, 8) == (with_page.image_tokens, with_page.prompt_tokens)
    assert (0, 6) == (without.image_tokens, without.prompt_tokens)
    assert 60 * 40 * 3 == with_page.size_bytes


@pytest.mark.parametrize("mark", ["<img>", "</img>", "<|im_end|>"])
def test_a_prompt_cannot_pass_for_a_page_or_end_the_turn(qwen: QwenVlChatFamily, mark: str):
    with pytest.raises(ValueError, match="the prompt holds"):
        qwen.prepare(ask(f"see {mark}http://example.org/x.png"))


def test_a_page_that_cannot_be_decoded_is_found_before_the_model_is_asked(
    qwen: QwenVlChatFamily, tmp_path: Path
):
    (tmp_path / "bad.png").write_bytes(b"not an image")

    with pytest.raises(PageError, match=r"bad\.png"):
        qwen.prepare(ask(pages=(Page("0" * 64, str(tmp_path / "bad.png")),)))


def test_monkey_is_asked_with_the_sentence_of_its_scripts(tmp_path: Path):
    family = made(MonkeyFamily(), tmp_path)

    prepared = family.prepare(ask(system="Be brief.", pages=(page(tmp_path),)))

    path = f"{tmp_path}/page-0.bmp"
    assert f"<s> <img>{path}</img> Be brief. Total? Answer:" == words_of(prepared)


@pytest.mark.parametrize("family", [MonkeyFamily, XComposerFamily])
def test_a_model_made_for_one_page_refuses_two(family: type[OwnCodeFamily], tmp_path: Path):
    with pytest.raises(ValueError, match="made for 1 page a question, got 2"):
        made(family(), tmp_path).prepare(ask(pages=(page(tmp_path), page(tmp_path))))


def test_mplug_owl2_gets_its_pages_before_the_prompt(tmp_path: Path):
    family = made(MplugOwl2Family(), tmp_path)
    family._to_ids = lambda text: text.split()
    family._to_tensor = lambda pages, _: Numbers((len(pages), 3, 448, 448))
    family._images, family._tokens_per_page = None, 65

    prepared = family.prepare(ask(system="Be brief.", pages=(page(tmp_path), page(tmp_path))))

    assert "USER: <|image|><|image|>Be brief. Total? ASSISTANT:" == " ".join(prepared.inputs["ids"])
    assert 130 == prepared.image_tokens


@pytest.mark.parametrize(
    ("system", "before"),
    [
        ("", "<s> own words <|User|>:"),
        ("Be brief.", "<s> meta instruction Be brief. conversation <|User|>:"),
    ],
)
def test_xcomposer_reads_the_page_between_instruction_and_prompt(
    system: str, before: str, tmp_path: Path
):
    whole = {"meta_instruction": "own words", "vis_processor": lambda _: Numbers((3, 224, 224))}
    family = made(XComposerFamily(), tmp_path, **whole)
    family._tokens_per_page = 66

    prepared = family.prepare(ask(system=system, pages=(page(tmp_path),)))

    assert before == " ".join(prepared.inputs["before"])
    assert "Total? <TOKENS_UNUSED_0> <|Bot|>:" == " ".join(prepared.inputs["after"])
    assert 66 == prepared.image_tokens


def test_xcomposer2_begins_its_text_once(tmp_path: Path):
    def chat(meta_instruction: str = "own words") -> str:
        return meta_instruction

    family = made(
        XComposer2Family(),
        tmp_path,
        chat=chat,
        vis_processor=lambda _: Numbers((3, 490, 490)),
        vit=SimpleNamespace(vision_tower=SimpleNamespace(config=SimpleNamespace(patch_size=14))),
        config=SimpleNamespace(img_size=490),
    )

    prepared = family.prepare(ask(pages=(page(tmp_path), page(tmp_path))))

    turn = "[UNUSED_TOKEN_146]"
    head = f"<s> {turn}system own words[UNUSED_TOKEN_145] {turn}user"
    assert head == " ".join(prepared.inputs["before"])
    assert f"Total?[UNUSED_TOKEN_145] {turn}assistant" == " ".join(prepared.inputs["after"])
    assert 2 * 1225 == prepared.image_tokens


class Phi3Processor:
    """Makes as many tokens of each page as there are crops."""

    def __init__(self) -> None:
        self.image_processor = SimpleNamespace(num_crops=16)

    def __call__(self, text: str, pages: Any, *, return_tensors: str) -> dict[str, Any]:
        return {"input_ids": Numbers((1, 40), below_zero=self.image_processor.num_crops)}


def phi3(tmp_path: Path) -> Any:
    family = made(Phi3VisionFamily(), tmp_path)
    family._processor, family._own_tiles = Phi3Processor(), 16
    return family


def test_phi3_numbers_its_pages_and_has_a_system_turn(tmp_path: Path):
    family = phi3(tmp_path)

    text = family._conversation(ask(system="Be brief."), 2)

    pages = "<|image_1|>\n<|image_2|>\n"
    assert f"[system] Be brief. [user] {pages}Total? [assistant]" == text


def test_phi3_cuts_a_page_into_what_its_pixels_come_to(tmp_path: Path):
    family = phi3(tmp_path)
    few = Generation(max_pixels=3 * 336 * 336 + 1)

    assert 3 == family.prepare(ask(generation=few)).image_tokens
    assert 16 == family.prepare(ask()).image_tokens


def test_phi3_takes_the_model_files_chat_template(tmp_path: Path):
    family = phi3(tmp_path)
    family.checkpoint.params["chat_template"] = "{{ messages }}"

    family._conversation(ask(), 0)

    assert "{{ messages }}" == family.tokenizer.seen[0]["chat_template"]


class CpmProcessor:
    """Keeps what it was asked, and makes one slice of each page."""

    def __init__(self) -> None:
        self.tokenizer = Words()
        self.asked: list[tuple[list[str], int, int]] = []

    def __call__(self, texts: list[str], pages: Any, *, max_slice_nums: int) -> dict[str, Any]:
        [asked] = pages
        self.asked.append((texts, len(asked), max_slice_nums))
        return {
            "input_ids": Numbers((1, 100)),
            "image_bound": [[None] * len(asked)],
            "pixel_values": [[Numbers((3, 14, 28)) for _ in asked]],
            "image_sizes": None,
        }


def test_minicpm_is_asked_with_its_pages_on_lines_before_the_prompt(tmp_path: Path):
    config = SimpleNamespace(query_num=64, slice_config=SimpleNamespace(scale_resolution=448))
    family = made(MiniCpmVFamily(), tmp_path, config=config)
    family.processor, family._own_slices = CpmProcessor(), 9
    few = Generation(max_pixels=2 * 448 * 448)

    prepared = family.prepare(ask(system="Be brief.", pages=(page(tmp_path), page(tmp_path))))
    family.prepare(ask(generation=few))

    mark = "(<image>./</image>)"
    text = f"[system] Be brief. [user] {mark}\n{mark}\nTotal? [assistant]"
    assert [([text], 2, 9), (["[user] Total? [assistant]"], 0, 2)] == family.processor.asked
    assert "image_sizes" not in prepared.inputs
    assert (128, -28, 14 * 28) == (prepared.image_tokens, prepared.prompt_tokens, prepared.pixels)


class Template:
    """A conversation of InternVL's code."""

    roles = ("U:", "A:")
    sep = "<end>\n"

    def __init__(self, name: str) -> None:
        self.system_message = name
        self.messages: list[str] = []

    def append_message(self, role: str, message: str | None) -> None:
        self.messages.append(role + (message or ""))

    def get_prompt(self) -> str:
        return "|".join([self.system_message, *self.messages])


get_conv_template = Template


class InternVlModel:
    """Says of itself what InternVL's does; `get_conv_template` lies in its module, as there."""

    template = "internvl2_5"
    system_message = "own words"


@pytest.mark.parametrize(
    ("system", "pages", "text"),
    [
        ("", 1, "own words|U:<image>\nTotal?|A:"),
        ("Be brief.", 0, "Be brief.|U:Total?|A:"),
        ("", 2, "own words|U:Image-1: <image>\nImage-2: <image>\nTotal?|A:"),
    ],
)
def test_internvl_is_asked_in_its_own_template(system: str, pages: int, text: str, tmp_path: Path):
    family = made(InternVlChatFamily(), tmp_path)
    family.whole = InternVlModel()

    assert text == family._conversation(ask(system=system), pages)


def test_internvl_cuts_a_page_within_the_pixels_of_the_request(tmp_path: Path):
    config = SimpleNamespace(max_dynamic_patch=12, min_dynamic_patch=1, use_thumbnail=True)
    family = made(InternVlChatFamily(), tmp_path, config=config)
    family._side_px = 4
    sheet = page(tmp_path, size=(30, 40))

    def squares(generation: Generation) -> int:
        return len(family._squares(open_page(sheet), generation))

    assert 12 + 1 == squares(Generation())
    assert 2 + 1 == squares(Generation(max_pixels=2 * 16))
    assert 1 == squares(Generation(max_pixels=1))


@pytest.mark.parametrize(
    ("named", "ends"), [(None, [2, 7]), (5, [5, 7]), ([5, 6], [5, 6, 7]), ([7], [7])]
)
def test_an_answer_ends_at_the_familys_tokens_and_at_the_checkpoints(
    named: int | list[int] | None, ends: list[int], tmp_path: Path
):
    config = SimpleNamespace(eos_token_id=named)
    family = made(OwnCodeFamily(), tmp_path, generation_config=config)

    family.end_answers_at(7)

    assert ends == config.eos_token_id
