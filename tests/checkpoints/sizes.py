"""Sizes that families share."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

PATCH_SIDE_PX = 14
IMAGE_SIDE_PX = 56

TEXT = {
    "hidden_size": 128,
    "intermediate_size": 128,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "num_key_value_heads": 1,
    "max_position_embeddings": 4096,
}
"""Of every language model."""

VISION = {
    "hidden_size": 128,
    "intermediate_size": 128,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
}
"""Of every vision model that calls them so."""


@dataclass(frozen=True)
class Size:
    """How large a model with pages of any size is."""

    text: Mapping[str, Any]
    """The language model's part of the config."""
    vision: Mapping[str, Any]
    """The vision model's."""
    page_tokens: int
    """The most for one page."""
    vocabulary: int = 0
    """Rows of the token tables; 0: as many as the tokenizer has tokens."""
    dtype: str = "float32"


def special_ids(tokenizer: Any) -> dict[str, int | None]:
    """The ids of beginning, end and padding, as configs name them."""
    names = ("bos_token_id", "eos_token_id", "pad_token_id")
    return {name: getattr(tokenizer, name) for name in names}
