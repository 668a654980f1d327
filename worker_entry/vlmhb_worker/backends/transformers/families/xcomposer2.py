"""InternLM-XComposer2: pages as embeddings between the words, marked for its partial LoRA."""

import contextlib
import inspect
from typing import Any, ClassVar, List, Sequence, Tuple

from vlmhb_worker.backend import Request
from vlmhb_worker.backends.transformers.checkpoint import Checkpoint
from vlmhb_worker.backends.transformers.families.own_code import OwnCodeFamily
from vlmhb_worker.backends.transformers.family import Prepared, Settings
from vlmhb_worker.backends.transformers.generate import generate
from vlmhb_worker.backends.transformers.watch import Watch

BEGIN, END = "[UNUSED_TOKEN_146]", "[UNUSED_TOKEN_145]"


class XComposer2Family(OwnCodeFamily):
    """InternLM-XComposer2-VL. Every page becomes a square of 490 pixels."""

    model_class: ClassVar[str] = "AutoModel"
    marks: ClassVar[Tuple[str, ...]] = ("<ImageHere>", BEGIN, END)

    def load(self, checkpoint: Checkpoint) -> None:
        """Load tokenizer and model."""
        super().load(checkpoint)
        self.whole.tokenizer = self.tokenizer
        self._end_id = int(self.tokenizer.convert_tokens_to_ids(END))
        self.end_answers_at(self._end_id)

    def prepare_pages(self, request: Request, pages: List[Any]) -> Prepared:
        """Tokens before the pages, and after them."""
        own = inspect.signature(self.whole.chat).parameters["meta_instruction"].default
        system = request.system_prompt.strip() or own
        head = f"{BEGIN}system\n{system}{END}\n{BEGIN}user\n"
        tail = f"{request.prompt}{END}\n{BEGIN}assistant\n"
        # Only the first part begins a text, as in training; the code's own `chat` begins each.
        before = list(self.tokenizer(head)["input_ids"])
        after = list(self.tokenizer(tail, add_special_tokens=False)["input_ids"])
        pixels = [self.whole.vis_processor(page) for page in pages]
        image_tokens = len(pages) * self._tokens_per_page()
        return Prepared(
            inputs={"before": before, "pixels": pixels, "after": after},
            length=len(before) + len(after) + image_tokens,
            prompt_tokens=len(before) + len(after),
            image_tokens=image_tokens,
            size_bytes=sum(tensor.numel() * tensor.element_size() for tensor in pixels),
        )

    def write(self, batch: Sequence[Prepared], settings: Settings, watch: Watch) -> List[str]:
        """What the model writes."""
        import torch

        [one] = batch
        on_gpu = self.model.device.type == "cuda"
        with torch.autocast("cuda") if on_gpu else contextlib.nullcontext():
            parts = [self._embedded(one.inputs["before"])]
            if one.inputs["pixels"]:
                pixels = torch.stack(one.inputs["pixels"]).to(self.model.device, self.model.dtype)
                parts.extend(self.whole.encode_img(pixels).unsqueeze(1))
            parts.append(self._embedded(one.inputs["after"]))
            inputs = self._inputs(parts)
            generate(self.model, inputs, self.tokenizer.eos_token_id, settings, watch)
        written = [token for token in watch.tokens(0) if token != self._end_id]
        return [self.decode(written)]

    def _inputs(self, parts: List[Any]) -> Any:
        """Embeddings, and a mask that is true for those of pages: all parts but first and last."""
        import torch

        masks = [torch.ones(part.shape[:2], dtype=torch.bool) for part in parts]
        masks[0][:] = False
        masks[-1][:] = False
        embeddings = torch.cat([part.to(parts[0].dtype) for part in parts], dim=1)
        mask = torch.cat(masks, dim=1).to(embeddings.device)
        return {
            "inputs_embeds": embeddings,
            "attention_mask": torch.ones_like(mask, dtype=torch.long),
            "im_mask": mask,
        }

    def _embedded(self, tokens: List[int]) -> Any:
        import torch

        ids = torch.tensor([tokens], device=self.model.device)
        return self.model.get_input_embeddings()(ids)

    def _tokens_per_page(self) -> int:
        """One per patch of the vision tower."""
        config = self.whole.vit.vision_tower.config
        side = self.whole.config.img_size // config.patch_size
        return int(side * side)
