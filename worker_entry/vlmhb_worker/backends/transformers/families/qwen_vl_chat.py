"""Qwen-VL-Chat: pages go into the text by their paths, and the model's code opens them."""

import contextlib
import inspect
import os
import sys
from typing import Any, ClassVar, Iterator, List, Sequence, Tuple

from vlmhb_worker.backend import Request
from vlmhb_worker.backends.transformers.checkpoint import Checkpoint
from vlmhb_worker.backends.transformers.families.own_code import OwnCodeFamily, pixels_bytes
from vlmhb_worker.backends.transformers.family import Prepared, Settings
from vlmhb_worker.backends.transformers.generate import generate
from vlmhb_worker.backends.transformers.watch import Watch

FONT = "SimSun.ttf"


class QwenVlChatFamily(OwnCodeFamily):
    """Qwen-VL-Chat. Every page becomes a square of 448 pixels and 256 tokens."""

    marks: ClassVar[Tuple[str, ...]] = ("<img>", "</img>", "<imgpad>", "<|im_end|>")

    def load(self, checkpoint: Checkpoint) -> None:
        """Load tokenizer and model; the font that the tokenizer wants is never read here."""
        with _font_at_hand(checkpoint.scratch):
            super().load(checkpoint)
        tokenizer = self.tokenizer
        self.end_answers_at(tokenizer.eod_id, tokenizer.im_end_id, tokenizer.im_start_id)

    def load_whole(self, checkpoint: Checkpoint) -> Any:
        """The model in the number format that its own code has a switch for."""
        import torch
        import transformers

        formats = {"bf16": torch.bfloat16, "fp16": torch.float16, "fp32": torch.float32}
        switches = {name: checkpoint.dtype == dtype for name, dtype in formats.items()}
        return checkpoint.load_model(transformers.AutoModelForCausalLM, **switches)

    def prepare_pages(self, request: Request, pages: List[Any]) -> Prepared:
        """Tokens of the question; the pages are written where it says just before it is asked."""
        paths = [os.path.join(self.checkpoint.scratch, f"page-{n}.bmp") for n in range(len(pages))]
        tokens = self.question(request, paths)
        image_tokens = self._image_tokens(tokens)
        return Prepared(
            inputs={"tokens": tokens, "paths": paths, "pages": pages},
            length=len(tokens),
            prompt_tokens=len(tokens) - image_tokens,
            image_tokens=image_tokens,
            size_bytes=pixels_bytes(pages),
        )

    def question(self, request: Request, paths: Sequence[str]) -> List[int]:
        """The tokens that the model's own `chat` would make."""
        tokenizer = self.tokenizer
        parts = [*({"image": path} for path in paths), {"text": request.prompt}]
        make_context = sys.modules[type(self.whole).__module__].make_context
        chat_system = inspect.signature(self.whole.chat).parameters["system"].default
        _, tokens = make_context(
            tokenizer,
            tokenizer.from_list_format(parts),
            history=[],
            system=request.system_prompt.strip() or chat_system,
            chat_format="chatml",
        )
        return list(tokens)

    def write(self, batch: Sequence[Prepared], settings: Settings, watch: Watch) -> List[str]:
        """What the model writes."""
        import torch

        [one] = batch
        for path, page in zip(one.inputs["paths"], one.inputs["pages"]):
            page.save(path)
        ids = torch.tensor([one.inputs["tokens"]], device=self.model.device)
        inputs = {"input_ids": ids, "attention_mask": torch.ones_like(ids)}
        generate(self.model, inputs, self.tokenizer.eod_id, settings, watch)
        return [self.decode(watch.tokens(0))]

    def _image_tokens(self, tokens: List[int]) -> int:
        """How many of them lie between the marks of a page."""
        begin, end = self.tokenizer.img_start_id, self.tokenizer.img_end_id
        pages = tokens.count(begin)
        return pages and pages * (tokens.index(end) - tokens.index(begin) - 1)


@contextlib.contextmanager
def _font_at_hand(folder: str) -> Iterator[None]:
    """Work in `folder`, where an empty file keeps the tokenizer from fetching a font.

    Its module does so when it is imported; boxes that it draws on pages would be labelled with it.
    """
    with open(os.path.join(folder, FONT), "ab"):
        pass
    before = os.getcwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)
