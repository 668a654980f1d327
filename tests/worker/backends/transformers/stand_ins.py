"""Stand-ins for models and tokenizers: the methods that families call, without torch."""

from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from PIL import Image
from vlmhb_worker.backend import Generation, Page, Request
from vlmhb_worker.backends.transformers.checkpoint import Checkpoint
from vlmhb_worker.backends.transformers.load import DEFAULTS


class Words:
    """A tokenizer whose tokens are the words of a text, after `<s>` unless told otherwise."""

    eos_token = "</s>"
    eos_token_id = 2
    eod_id, im_start_id, im_end_id = 10, 11, 12
    img_start_id, img_end_id = "<img>", "</img>"

    def __init__(self) -> None:
        self.seen: list[Any] = []

    def __call__(self, text: str, *, add_special_tokens: bool = True) -> dict[str, Any]:
        begin = ["<s>"] if add_special_tokens else []
        return {"input_ids": [*begin, *text.split()]}

    def from_list_format(self, parts: list[dict[str, str]]) -> str:
        """Text with each page's path in marks, as Qwen's own does it."""
        marked = [f"<img> {p['image']} </img>" if "image" in p else p["text"] for p in parts]
        return "\n".join(marked)

    def convert_tokens_to_ids(self, text: str) -> int:
        return 1000 + len(text)

    def apply_chat_template(self, turns: list[dict[str, str]], **options: Any) -> str:
        self.seen.append(options)
        return "".join(f"[{turn['role']}] {turn['content']} " for turn in turns) + "[assistant]"


class Numbers:
    """What families ask a tensor of ids or pixels."""

    def __init__(self, shape: tuple[int, ...], below_zero: int = 0) -> None:
        self.shape = shape
        self._below_zero = below_zero

    def __lt__(self, other: int) -> "Numbers":
        return self

    def sum(self) -> int:
        return self._below_zero

    def numel(self) -> int:
        return 6

    def element_size(self) -> int:
        return 4


def ask(
    prompt: str = "Total?",
    system: str = "",
    pages: tuple[Page, ...] = (),
    generation: Generation | None = None,
) -> Request:
    """A question."""
    return Request("1", prompt, system, pages, generation or Generation())


def page(folder: Path, name: str = "page.png", size: tuple[int, int] = (60, 40)) -> Page:
    """A white page in a file."""
    path = folder / name
    Image.new("RGB", size, "white").save(path)
    return Page("0" * 64, str(path))


def checkpoint(scratch: Path, **params: Any) -> Checkpoint:
    """A checkpoint that is never loaded."""
    known: Mapping[str, Any] = {**DEFAULTS, **params}
    return Checkpoint("/weights", {}, dict(known), str(scratch), "cpu", None)


def made(family: Any, scratch: Path, **whole: Any) -> Any:
    """The family, with a stand-in of its model that has these attributes."""
    family.checkpoint = checkpoint(scratch)
    family.tokenizer = family.decoder = Words()
    family.whole = family.model = SimpleNamespace(**whole)
    return family
