"""Sizes that families share."""

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


def special_ids(tokenizer: Any) -> dict[str, int | None]:
    """The ids of beginning, end and padding, as configs name them."""
    names = ("bos_token_id", "eos_token_id", "pad_token_id")
    return {name: getattr(tokenizer, name) for name in names}
