# ruff: noqa: ARG002 - a family uses what its models need of what each is given
"""Idefics3 and SmolVLM: a page is scaled to a fixed length and cut into tiles."""

import math
from typing import Any, ClassVar, Dict, Sequence, Tuple

from vlmhb_worker.backend import Generation
from vlmhb_worker.backends.transformers.families.chat_template import ChatTemplateFamily


class Idefics3Family(ChatTemplateFamily):
    """Idefics3."""

    model_classes: ClassVar[Tuple[str, ...]] = ("Idefics3ForConditionalGeneration",)
    nests_pages: ClassVar[bool] = True

    def fit(self, page: Any, generation: Generation) -> Any:
        """The page as it is: the processor scales it, up as well as down."""
        return page

    def image_options(self, generation: Generation, pages: Sequence[Any]) -> Dict[str, Any]:
        """The length that keeps every page within the request's pixels."""
        if generation.max_pixels is None:
            return {}
        images = self.processor.image_processor
        lengths = [
            math.isqrt(generation.max_pixels * max(page.size) // min(page.size)) for page in pages
        ]
        longest = min([int(images.size["longest_edge"]), *lengths])
        # Whole tiles: the processor would round up to them.
        side = int(images.max_image_size["longest_edge"])
        longest = max(1, longest // side) * side
        return {"images_kwargs": {"size": {"longest_edge": longest}}}

    def shown_pixels(self, tensors: Dict[str, Any], pages: Sequence[Any]) -> int:
        """Of a page, on average: its tiles."""
        if not pages:
            return 0
        _, tiles, _, height, width = tensors["pixel_values"].shape
        return int(tiles * height * width // len(pages))


class SmolVlmFamily(Idefics3Family):
    """SmolVLM and SmolVLM2; the first is an Idefics3 by its config."""

    model_classes: ClassVar[Tuple[str, ...]] = ("SmolVLMForConditionalGeneration",)
