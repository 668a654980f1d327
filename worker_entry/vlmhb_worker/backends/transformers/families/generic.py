"""Any image-text-to-text model of transformers that comes with a chat template."""

from typing import Any, ClassVar, Dict, Tuple

from vlmhb_worker.backends.transformers.collate import TEXT
from vlmhb_worker.backends.transformers.families.chat_template import ChatTemplateFamily


class GenericFamily(ChatTemplateFamily):
    """A model through the Auto classes."""

    model_classes: ClassVar[Tuple[str, ...]] = (
        "AutoModelForImageTextToText",
        "AutoModelForVision2Seq",
    )

    def key(self, tensors: Dict[str, Any]) -> Any:
        """Pictures of the same shapes: how this model pads others is not known here."""
        shapes = {name: tuple(tensor.shape) for name, tensor in tensors.items() if name not in TEXT}
        return tuple(sorted(shapes.items()))
