"""The config of the model with code of its own."""

from types import SimpleNamespace
from typing import Any

from transformers import LlamaConfig, PretrainedConfig


class OwnConfig(PretrainedConfig):  # type: ignore[misc]
    """Has what InternVL's config tells of pages."""

    model_type = "own_vl"

    def __init__(self, llm_config: dict[str, Any] | None = None, **rest: Any) -> None:
        self.llm_config = llm_config or {}
        self.force_image_size = rest.pop("force_image_size", 56)
        self.max_dynamic_patch = 4
        self.min_dynamic_patch = 1
        self.use_thumbnail = True
        super().__init__(**rest)

    def language(self) -> SimpleNamespace | LlamaConfig:
        """The config of the language model."""
        return LlamaConfig(**self.llm_config)
