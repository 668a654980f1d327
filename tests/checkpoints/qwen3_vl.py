"""Qwen3-VL: as Qwen2.5-VL, and pictures reach the first layers of the language model as well."""

from pathlib import Path

import transformers

from tests.checkpoints.qwen2_vl import marks, qwen_tokenizer, save_processor
from tests.checkpoints.sizes import TEXT, special_ids
from tests.checkpoints.weights import randomise

PATCH_SIDE_PX = 16


def build(folder: Path, seed: int) -> None:
    """Write a Qwen3-VL."""
    tokenizer = qwen_tokenizer(folder)
    rope = {"rope_type": "default", "mrope_section": [8, 12, 12], "mrope_interleaved": True}
    config = transformers.Qwen3VLConfig(
        text_config={
            **TEXT,
            "head_dim": 64,
            "vocab_size": len(tokenizer),
            **special_ids(tokenizer),
            "rope_parameters": {**rope, "rope_theta": 10_000.0},
        },
        vision_config={
            "depth": 2,
            "hidden_size": 128,
            "intermediate_size": 128,
            "num_heads": 2,
            "patch_size": PATCH_SIDE_PX,
            "out_hidden_size": TEXT["hidden_size"],
            "num_position_embeddings": 64,
            "deepstack_visual_indexes": [0],
        },
        **marks(tokenizer),
        tie_word_embeddings=False,
    )
    model = transformers.Qwen3VLForConditionalGeneration(config)
    randomise(model, tokenizer, seed)
    model.save_pretrained(folder)
    save_processor(folder, transformers.Qwen3VLProcessor, tokenizer, PATCH_SIDE_PX)
