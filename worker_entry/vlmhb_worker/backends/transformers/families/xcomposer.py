"""InternLM-XComposer: the first generation, one page a question."""

import contextlib
from typing import Any, ClassVar, List, Optional, Sequence, Tuple

from vlmhb_worker.backend import Request
from vlmhb_worker.backends.transformers.checkpoint import Checkpoint
from vlmhb_worker.backends.transformers.families.own_code import OwnCodeFamily
from vlmhb_worker.backends.transformers.family import Prepared, Settings
from vlmhb_worker.backends.transformers.generate import generate
from vlmhb_worker.backends.transformers.watch import Watch

HUMAN_ENDS, ASSISTANT_ENDS = "<TOKENS_UNUSED_0>", "<TOKENS_UNUSED_1>"
END_IDS = (103027, 103028)
"""Of both; the model's code holds the numbers too."""


class XComposerFamily(OwnCodeFamily):
    """InternLM-XComposer-VL. A page becomes a square of 224 pixels."""

    model_class: ClassVar[str] = "AutoModel"
    marks: ClassVar[Tuple[str, ...]] = (HUMAN_ENDS, ASSISTANT_ENDS, "<ImageHere>")
    most_pages: ClassVar[Optional[int]] = 1

    def load(self, checkpoint: Checkpoint) -> None:
        """Load tokenizer and model; the language model below writes."""
        super().load(checkpoint)
        self.whole.tokenizer = self.tokenizer
        self.model = self.whole.internlm_model
        self.end_answers_at(*END_IDS)
        # The first and the last token mark begin and end of the page.
        self._tokens_per_page = int(self.whole.query_tokens.shape[1]) + 2

    def load_whole(self, checkpoint: Checkpoint) -> Any:
        """The model, made on the device that it is to run on."""
        import transformers

        config = checkpoint.load_other(transformers.AutoConfig)
        if hasattr(config, "device"):
            config.device = checkpoint.device
        return checkpoint.load_model(transformers.AutoModel, config=config)

    def prepare_pages(self, request: Request, pages: List[Any]) -> Prepared:
        """Tokens before the page, and after it, as the model's own `chat` makes them."""
        before = self._tokens(f"{self._instruction(request)} <|User|>:", is_first=True)
        after = [*self._tokens(request.prompt), *self._tokens(f"\n{HUMAN_ENDS} <|Bot|>:")]
        image_tokens = len(pages) * self._tokens_per_page
        pixels = [self.whole.vis_processor(page) for page in pages]
        return Prepared(
            inputs={"before": before, "pixels": pixels, "after": after},
            length=len(before) + len(after) + image_tokens,
            prompt_tokens=len(before) + len(after),
            image_tokens=image_tokens,
            size_bytes=sum(tensor.numel() * tensor.element_size() for tensor in pixels),
        )

    def write(self, batch: Sequence[Prepared], settings: Settings, watch: Watch) -> List[str]:
        """What the language model writes."""
        import torch

        [one] = batch
        with self._mixed_formats():
            pages = [pixels[None].to(self.model.device) for pixels in one.inputs["pixels"]]
            parts = [
                self._embedded(one.inputs["before"]),
                *(self.whole.encode_img(page) for page in pages),
                self._embedded(one.inputs["after"]),
            ]
            embeddings = torch.cat([part.to(parts[0].dtype) for part in parts], dim=1)
            ones = torch.ones(embeddings.shape[:2], dtype=torch.long, device=embeddings.device)
            inputs = {"inputs_embeds": embeddings, "attention_mask": ones}
            generate(self.model, inputs, self.tokenizer.eos_token_id, settings, watch)
        written = [token for token in watch.tokens(0) if token not in END_IDS]
        return [self.decode(written)]

    def _instruction(self, request: Request) -> str:
        """What stands before the first turn; the first releases of the code have nothing there."""
        own = getattr(self.whole, "meta_instruction", "")
        system = request.system_prompt.strip()
        return f"meta instruction\n{system}\nconversation\n" if system else own

    def _tokens(self, text: str, *, is_first: bool = False) -> List[int]:
        return list(self.tokenizer(text, add_special_tokens=is_first)["input_ids"])

    def _embedded(self, tokens: List[int]) -> Any:
        import torch

        ids = torch.tensor([tokens], device=self.model.device)
        return self.model.get_input_embeddings()(ids)

    def _mixed_formats(self) -> Any:
        """The model holds parts in float32 beside its half precision."""
        import torch

        if self.model.device.type != "cuda":
            return contextlib.nullcontext()
        return torch.autocast("cuda")
