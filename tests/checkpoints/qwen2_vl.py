"""Qwen2-VL and Qwen2.5-VL: pages of any size, one token for 28 x 28 pixels."""

import inspect
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
import transformers

from tests.checkpoints.sizes import PATCH_SIDE_PX, TEXT, Size, special_ids
from tests.checkpoints.vocabulary import fast_tokenizer
from tests.checkpoints.weights import randomise

SPECIAL = (
    "<|endoftext|>",
    "<|im_start|>",
    "<|im_end|>",
    "<|vision_start|>",
    "<|vision_end|>",
    "<|image_pad|>",
    "<|video_pad|>",
)
TEMPLATE = """\
{%- if messages[0]['role'] != 'system' -%}
<|im_start|>system
You are a helpful assistant.<|im_end|>
{% endif -%}
{%- for message in messages -%}
<|im_start|>{{ message['role'] }}
{% if message['content'] is string -%}
{{ message['content'] }}
{%- else -%}
{%- for part in message['content'] -%}
{%- if part['type'] == 'image' -%}<|vision_start|><|image_pad|><|vision_end|>
{%- else -%}{{ part['text'] }}
{%- endif -%}
{%- endfor -%}
{%- endif -%}
<|im_end|>
{% endfor -%}
{%- if add_generation_prompt -%}
<|im_start|>assistant
{% endif -%}
"""


TINY_VISION = {"depth": 2, "num_heads": 2}
PAGE_TOKENS = 64


def build_qwen2_vl(folder: Path, seed: int) -> None:
    """Write a Qwen2-VL."""
    vision = {"embed_dim": 128, "hidden_size": TEXT["hidden_size"], "mlp_ratio": 1}
    build_sized(folder, seed, Size(TEXT, {**TINY_VISION, **vision}, PAGE_TOKENS))


def build_sized(folder: Path, seed: int, size: Size, *, ends: bool = True) -> None:
    """Write a Qwen2-VL of this size; without `ends`, its answers are as long as they may be."""
    _build(
        folder,
        seed,
        size,
        (
            transformers.Qwen2VLConfig,
            transformers.Qwen2VLForConditionalGeneration,
            transformers.Qwen2VLProcessor,
        ),
        ends=ends,
    )


def build_qwen2_5_vl(folder: Path, seed: int) -> None:
    """Write a Qwen2.5-VL, whose vision looks at windows in its first layer."""
    vision = {
        "hidden_size": 128,
        "intermediate_size": 128,
        "out_hidden_size": TEXT["hidden_size"],
        "window_size": 56,
        "fullatt_block_indexes": [1],
    }
    _build(
        folder,
        seed,
        Size(TEXT, {**TINY_VISION, **vision}, PAGE_TOKENS),
        (
            transformers.Qwen2_5_VLConfig,
            transformers.Qwen2_5_VLForConditionalGeneration,
            transformers.Qwen2_5_VLProcessor,
        ),
    )


def qwen_tokenizer(folder: Path) -> Any:
    """The tokenizer of the Qwen families, with the chat template."""
    named = {"eos_token": "<|im_end|>", "pad_token": "<|endoftext|>", "unk_token": "<|endoftext|>"}
    tokenizer = fast_tokenizer(folder, SPECIAL, named, old_class="Qwen2TokenizerFast")
    tokenizer.chat_template = TEMPLATE
    return tokenizer


def save_processor(
    folder: Path, kind: Any, tokenizer: Any, patch_side_px: int, page_tokens: int = PAGE_TOKENS
) -> None:
    """Write the processor `kind` for pages of 4 to `page_tokens` tokens."""
    token_side_px = 2 * patch_side_px
    parts: dict[str, Any] = {
        "tokenizer": tokenizer,
        "image_processor": transformers.Qwen2VLImageProcessor(
            min_pixels=4 * token_side_px**2,
            max_pixels=page_tokens * token_side_px**2,
            patch_size=patch_side_px,
            merge_size=2,
            temporal_patch_size=2,
        ),
    }
    accepted = inspect.signature(kind.__init__).parameters
    if "chat_template" in accepted:
        parts["chat_template"] = TEMPLATE
    if "video_processor" in accepted:
        video = "Qwen3VLVideoProcessor" if "Qwen3" in kind.__name__ else "Qwen2VLVideoProcessor"
        parts["video_processor"] = getattr(transformers, video)(patch_size=patch_side_px)
    kind(**parts).save_pretrained(folder)


def marks(tokenizer: Any) -> dict[str, int]:
    """The ids of the tokens around and in place of a page, as configs name them."""
    number = tokenizer.convert_tokens_to_ids
    return {
        "image_token_id": number("<|image_pad|>"),
        "video_token_id": number("<|video_pad|>"),
        "vision_start_token_id": number("<|vision_start|>"),
        "vision_end_token_id": number("<|vision_end|>"),
    }


def _build(
    folder: Path, seed: int, size: Size, kinds: tuple[Any, Any, Any], *, ends: bool = True
) -> None:
    config_kind, model_kind, processor_kind = kinds
    tokenizer = qwen_tokenizer(folder)
    config = config_kind(
        vision_config={**size.vision, "patch_size": PATCH_SIDE_PX, "in_channels": 3},
        **_text({"vocab_size": size.vocabulary or len(tokenizer), **size.text}, tokenizer),
        **marks(tokenizer),
        tie_word_embeddings=False,
    )
    model = model_kind(config).to(getattr(torch, size.dtype))
    randomise(model, tokenizer, seed, ends=ends)
    model.save_pretrained(folder)
    save_processor(folder, processor_kind, tokenizer, PATCH_SIDE_PX, size.page_tokens)


def _text(sizes: Mapping[str, Any], tokenizer: Any) -> dict[str, Any]:
    """The language model's part of the config, where this generation of transformers wants it."""
    text = {**sizes, **special_ids(tokenizer)}
    # Of the pairs of a head, so many turn with time, height and width.
    pairs = sizes["hidden_size"] // sizes["num_attention_heads"] // 2
    section = [pairs // 4, 3 * pairs // 8, 3 * pairs // 8]
    rope = {"type": "mrope", "rope_type": "default", "mrope_section": section}
    if int(transformers.__version__.partition(".")[0]) < 5:
        return {**text, "rope_theta": 10_000.0, "rope_scaling": rope}
    return {"text_config": {**text, "rope_parameters": {**rope, "rope_theta": 10_000.0}}}
