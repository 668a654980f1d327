# ruff: noqa: ARG002 - a family uses what its models need of what each is given
"""LLaVA-1.6: an overview of the page, and as many tiles as its shape asks for."""

from typing import Any, ClassVar, Dict, List, Sequence, Tuple

from vlmhb_worker import placed
from vlmhb_worker.backend import Generation
from vlmhb_worker.backends.scale import scale_to
from vlmhb_worker.backends.transformers.families.chat_template import ChatTemplateFamily
from vlmhb_worker.backends.transformers.families.llava import LlavaFamily


class LlavaNextFamily(LlavaFamily):
    """LLaVA-1.6 (NeXT), whose prompt format depends on its language model."""

    model_classes: ClassVar[Tuple[str, ...]] = ("LlavaNextForConditionalGeneration",)

    def conversation(self, system_prompt: str, parts: Sequence[placed.Part]) -> str:
        """By the chat template."""
        return ChatTemplateFamily.conversation(self, system_prompt, parts)

    def fit(self, page: Any, generation: Generation) -> Any:
        """The page within the request's pixels: a smaller one gets fewer tiles."""
        return scale_to(page, generation.min_pixels, generation.max_pixels)

    def shown_pixels(self, tensors: Dict[str, Any], pages: Sequence[Any]) -> int:
        """Of the largest page."""
        return max((page.width * page.height for page in pages), default=0)

    def positions_of_pages(self, tensors: Dict[str, Any], pages: int) -> List[int]:
        """The overview's patches, and the tiles' without their margins, with one end per line."""
        import torch
        from transformers.models.llava_next import modeling_llava_next as library

        config = self.model.config
        side = config.vision_config.image_size // config.vision_config.patch_size
        counts = []
        for size in tensors["image_sizes"].tolist():
            rows, columns = library.get_anyres_image_grid_shape(
                size, config.image_grid_pinpoints, config.vision_config.image_size
            )
            tiles = torch.empty(1, rows * side, columns * side)
            height, width = library.unpad_image(tiles, size).shape[1:]
            counts.append(self._patches + height * (width + 1))
        return counts
