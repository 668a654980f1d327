# ruff: noqa: ARG002 - a family uses what its models need of what each is given
"""InternVL in the format of transformers (-hf): tiles chosen by a page's shape, and an overview."""

from typing import Any, ClassVar, Dict, Sequence, Tuple

from vlmhb_worker.backend import Generation
from vlmhb_worker.backends.transformers.families.chat_template import ChatTemplateFamily


class InternVlFamily(ChatTemplateFamily):
    """InternVL 2.5 and later, without code of its own."""

    model_classes: ClassVar[Tuple[str, ...]] = ("InternVLForConditionalGeneration",)
    image_mark: ClassVar[str] = "<IMG_CONTEXT>"

    def fit(self, page: Any, generation: Generation) -> Any:
        """The page as it is: the processor scales it to its tiles."""
        return page

    def image_options(self, generation: Generation, pages: Sequence[Any]) -> Dict[str, Any]:
        """How many tiles a page may have, which is what its pixels come to."""
        images = self.processor.image_processor
        tile_pixels = int(images.size["height"]) * int(images.size["width"])
        most, least = int(images.max_patches), int(images.min_patches)
        if generation.max_pixels is not None:
            most = max(1, min(most, generation.max_pixels // tile_pixels))
        if generation.min_pixels is not None:
            least = max(least, generation.min_pixels // tile_pixels)
        return {"images_kwargs": {"max_patches": most, "min_patches": min(least, most)}}

    def shown_pixels(self, tensors: Dict[str, Any], pages: Sequence[Any]) -> int:
        """Of a page, on average: its tiles."""
        if not pages:
            return 0
        tiles, _, height, width = tensors["pixel_values"].shape
        return int(tiles * height * width // len(pages))
