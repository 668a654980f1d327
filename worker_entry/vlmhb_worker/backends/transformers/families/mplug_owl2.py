"""mPLUG-Owl2, by the package of its authors."""

from typing import Any, ClassVar, Dict, List, Sequence, Tuple

from vlmhb_worker.backend import Request
from vlmhb_worker.backends.transformers.checkpoint import Checkpoint
from vlmhb_worker.backends.transformers.families.own_code import OwnCodeFamily
from vlmhb_worker.backends.transformers.family import Prepared, Settings
from vlmhb_worker.backends.transformers.generate import generate
from vlmhb_worker.backends.transformers.watch import Watch

IMAGE_MARK = "<|image|>"


class MplugOwl2Family(OwnCodeFamily):
    """mPLUG-Owl2. Every page is stretched to a square of 448 pixels."""

    tokenizer_options: ClassVar[Dict[str, Any]] = {"use_fast": False}
    marks: ClassVar[Tuple[str, ...]] = (IMAGE_MARK,)
    has_system_turn: ClassVar[bool] = False
    comes_with_weights: ClassVar[bool] = False

    def load_whole(self, checkpoint: Checkpoint) -> Any:
        """The model, and what makes tensors of pages."""
        import transformers
        from mplug_owl2.constants import IMAGE_TOKEN_INDEX
        from mplug_owl2.mm_utils import process_images, tokenizer_image_token
        from mplug_owl2.model.modeling_mplug_owl2 import MPLUGOwl2LlamaForCausalLM

        self._images = checkpoint.load_other(transformers.CLIPImageProcessor)
        self._to_tensor = process_images
        self._to_ids = lambda text: tokenizer_image_token(text, self.tokenizer, IMAGE_TOKEN_INDEX)
        whole = checkpoint.load_model(MPLUGOwl2LlamaForCausalLM)
        queries = whole.config.visual_config["visual_abstractor"]["num_learnable_queries"]
        # The queries and one mark for the end of the page.
        self._tokens_per_page = int(queries) + 1
        return whole

    def prepare_pages(self, request: Request, pages: List[Any]) -> Prepared:
        """Tokens and tensor in the conversation that the package calls `mplug_owl2`."""
        text = f"USER: {IMAGE_MARK * len(pages)}{self.prompt_of(request)} ASSISTANT:"
        ids = list(self._to_ids(text))
        image_tokens = len(pages) * self._tokens_per_page
        pixels = self._to_tensor(pages, self._images) if pages else None
        return Prepared(
            inputs={"ids": ids, "pixels": pixels},
            length=len(ids) - len(pages) + image_tokens,
            prompt_tokens=len(ids) - len(pages),
            image_tokens=image_tokens,
            size_bytes=0 if pixels is None else pixels.numel() * pixels.element_size(),
        )

    def write(self, batch: Sequence[Prepared], settings: Settings, watch: Watch) -> List[str]:
        """What the model writes."""
        import torch

        [one] = batch
        model = self.model
        ids = torch.tensor([one.inputs["ids"]], device=model.device)
        inputs = {"input_ids": ids, "attention_mask": torch.ones_like(ids), "images": None}
        if one.inputs["pixels"] is not None:
            inputs["images"] = one.inputs["pixels"].to(model.device, model.dtype)
        generate(model, inputs, self.tokenizer.eos_token_id, settings, watch)
        return [self.decode(watch.tokens(0))]
