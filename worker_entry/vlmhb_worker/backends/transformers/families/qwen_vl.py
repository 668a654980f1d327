# ruff: noqa: ARG002 - a family uses what its models need of what each is given
"""Qwen2-VL, Qwen2.5-VL and Qwen3-VL: pages of any size, scaled by the processor."""

from typing import Any, ClassVar, Dict, Optional, Sequence, Tuple

from vlmhb_worker.backend import Generation
from vlmhb_worker.backends.transformers.checkpoint import Checkpoint, library_version
from vlmhb_worker.backends.transformers.families.chat_template import ChatTemplateFamily


class Qwen2VlFamily(ChatTemplateFamily):
    """Qwen2-VL."""

    model_classes: ClassVar[Tuple[str, ...]] = ("Qwen2VLForConditionalGeneration",)
    image_mark: ClassVar[str] = "<|image_pad|>"

    def load(self, checkpoint: Checkpoint) -> None:
        """Load processor and model, and note the processor's own bounds for a page."""
        super().load(checkpoint)
        images = self.processor.image_processor
        size = getattr(images, "size", None) or {}
        self._own_min = int(getattr(images, "min_pixels", None) or size["shortest_edge"])
        self._own_max = int(getattr(images, "max_pixels", None) or size["longest_edge"])

    def fit(self, page: Any, generation: Generation) -> Any:
        """The page as it is: the processor scales it once, to whole patches."""
        return page

    def image_options(self, generation: Generation, pages: Sequence[Any]) -> Dict[str, Any]:
        """The bounds for a page, in the words of this transformers."""
        low = generation.min_pixels or self._own_min
        high = generation.max_pixels or self._own_max
        low = min(low, high)
        if library_version() >= (4, 49):
            return {"images_kwargs": {"size": {"shortest_edge": low, "longest_edge": high}}}
        # It takes no such arguments yet; `prepare` runs in one thread.
        self.processor.image_processor.min_pixels = low
        self.processor.image_processor.max_pixels = high
        return {}

    def most_positions(self) -> Optional[int]:
        """Not known: the patches of a page share their positions in its width and height."""
        return None

    def shown_pixels(self, tensors: Dict[str, Any], pages: Sequence[Any]) -> int:
        """Of the largest page, from the patches that the processor made of it."""
        if not pages:
            return 0
        side_px = int(self.processor.image_processor.patch_size)
        return int(tensors["image_grid_thw"].prod(dim=1).max()) * side_px * side_px


class Qwen25VlFamily(Qwen2VlFamily):
    """Qwen2.5-VL."""

    model_classes: ClassVar[Tuple[str, ...]] = ("Qwen2_5_VLForConditionalGeneration",)


class Qwen3VlFamily(Qwen2VlFamily):
    """Qwen3-VL."""

    model_classes: ClassVar[Tuple[str, ...]] = ("Qwen3VLForConditionalGeneration",)


class Qwen3VlMoeFamily(Qwen2VlFamily):
    """Qwen3-VL with experts."""

    model_classes: ClassVar[Tuple[str, ...]] = ("Qwen3VLMoeForConditionalGeneration",)
