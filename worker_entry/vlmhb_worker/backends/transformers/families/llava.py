# ruff: noqa: ARG002 - a family uses what its models need of what each is given
"""LLaVA-1.5: every page becomes one square of a fixed size."""

from typing import Any, ClassVar, Dict, List, Sequence, Tuple

from vlmhb_worker import placed
from vlmhb_worker.backend import Generation
from vlmhb_worker.backends.transformers.checkpoint import Checkpoint
from vlmhb_worker.backends.transformers.families.chat_template import ChatTemplateFamily


class LlavaFamily(ChatTemplateFamily):
    """LLaVA-1.5, also without a chat template: then in the words it was trained on."""

    model_classes: ClassVar[Tuple[str, ...]] = ("LlavaForConditionalGeneration",)

    def load(self, checkpoint: Checkpoint) -> None:
        """Load processor and model; a processor saved before 4.45 lacks what newer ones need."""
        super().load(checkpoint)
        complete_processor(self.processor, self.model.config)
        vision = self.model.config.vision_config
        self._patches = (vision.image_size // vision.patch_size) ** 2
        if self.model.config.vision_feature_select_strategy == "full":
            self._patches += 1

    def conversation(self, system_prompt: str, parts: Sequence[placed.Part]) -> str:
        """By the chat template, else `SYSTEM USER: <image> PROMPT ASSISTANT:`."""
        if self.template:
            return super().conversation(system_prompt, parts)
        *pages, prompt = parts
        system = system_prompt.strip() + " " if system_prompt.strip() else ""
        marks = f"{self.mark}\n" * len(pages)
        return f"{system}USER: {marks}{str(prompt).strip()} ASSISTANT:"

    def fit(self, page: Any, generation: Generation) -> Any:
        """The page as it is: every size becomes the same square."""
        return page

    def shown_pixels(self, tensors: Dict[str, Any], pages: Sequence[Any]) -> int:
        """0: a smaller page would take as much memory."""
        return 0

    def key(self, tensors: Dict[str, Any]) -> Any:
        """Before 4.45 the model puts pages into the text, and rows must have as many of them."""
        marks = int((tensors["input_ids"] == self.image_id).sum())
        return marks if self._is_expanded_by_model(tensors) else ()

    def count(self, tensors: Dict[str, Any], pages: Sequence[Any]) -> Tuple[int, int]:
        """A page takes as many positions as the picture has patches, whoever puts them in."""
        length, marks = super().count(tensors, pages)
        if not self._is_expanded_by_model(tensors):
            return length, marks
        image_tokens = sum(self.positions_of_pages(tensors, len(pages)))
        return length - len(pages) + image_tokens, image_tokens

    def positions_of_pages(self, tensors: Dict[str, Any], pages: int) -> List[int]:
        """How many positions the model makes of each page's mark."""
        return [self._patches] * pages

    def _is_expanded_by_model(self, tensors: Dict[str, Any]) -> bool:
        """Whether there is one mark for each page in the text."""
        if "pixel_values" not in tensors:
            return False
        marks = int((tensors["input_ids"] == self.image_id).sum())
        return marks == int(tensors["pixel_values"].shape[0])


def complete_processor(processor: Any, config: Any) -> None:
    """Tell the processor what its file does not say and its library wants to know."""
    known = {
        "patch_size": config.vision_config.patch_size,
        "vision_feature_select_strategy": config.vision_feature_select_strategy,
    }
    for name, value in known.items():
        if getattr(processor, name, value) is None:
            setattr(processor, name, value)
            if hasattr(processor, "num_additional_image_tokens"):
                # CLIP's class token, which `default` leaves out again.
                processor.num_additional_image_tokens = 1
