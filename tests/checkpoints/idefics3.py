"""Idefics3 and SmolVLM: a page becomes an overview and tiles, each with its place in the text."""

from pathlib import Path
from typing import Any

import transformers

from tests.checkpoints.sizes import IMAGE_SIDE_PX, PATCH_SIDE_PX, TEXT, VISION, special_ids
from tests.checkpoints.vocabulary import fast_tokenizer
from tests.checkpoints.weights import randomise

NAMED = {
    "bos_token": "<|im_start|>",
    "eos_token": "<end_of_utterance>",
    "pad_token": "<|endoftext|>",
    "unk_token": "<|endoftext|>",
}
TILES = tuple(f"<row_{row}_col_{column}>" for row in range(1, 4) for column in range(1, 4))
SPECIAL = (
    "<|endoftext|>",
    "<|im_start|>",
    "<end_of_utterance>",
    "<fake_token_around_image>",
    "<image>",
    "<global-img>",
    *TILES,
)
TEMPLATE = """\
<|im_start|>{% for message in messages -%}
{{ message['role'] | capitalize }}: {% if message['content'] is string -%}
{{ message['content'] }}
{%- else -%}
{%- for part in message['content'] -%}
{%- if part['type'] == 'image' -%}<image>
{%- else -%}{{ part['text'] }}
{%- endif -%}
{%- endfor -%}
{%- endif -%}
<end_of_utterance>
{% endfor -%}
{%- if add_generation_prompt -%}Assistant:{%- endif -%}
"""
OVERVIEW = {"longest_edge": IMAGE_SIDE_PX}
TILED = {"longest_edge": 2 * IMAGE_SIDE_PX}
TOKENS_PER_TILE = 4


def build_idefics3(folder: Path, seed: int) -> None:
    """Write an Idefics3."""
    _build_model(
        folder, seed, transformers.Idefics3Config, transformers.Idefics3ForConditionalGeneration
    )
    images = transformers.Idefics3ImageProcessor(size=TILED, max_image_size=OVERVIEW)
    _save_processor(folder, transformers.Idefics3Processor, image_processor=images)


def build_smolvlm(folder: Path, seed: int) -> None:
    """Write a SmolVLM."""
    _build_model(
        folder, seed, transformers.SmolVLMConfig, transformers.SmolVLMForConditionalGeneration
    )
    images = transformers.SmolVLMImageProcessor(size=TILED, max_image_size=OVERVIEW)
    sampling = {"fps": 1, "max_frames": 4, "video_size": OVERVIEW}
    video = transformers.SmolVLMVideoProcessor(
        size=OVERVIEW, max_image_size=OVERVIEW, video_sampling=sampling
    )
    _save_processor(
        folder, transformers.SmolVLMProcessor, image_processor=images, video_processor=video
    )


def _build_model(folder: Path, seed: int, config_kind: Any, model_kind: Any) -> None:
    tokenizer = _tokenizer(folder)
    text = transformers.LlamaConfig(**TEXT, vocab_size=len(tokenizer), **special_ids(tokenizer))
    config = config_kind(
        text_config=text,
        vision_config={**VISION, "image_size": IMAGE_SIDE_PX, "patch_size": PATCH_SIDE_PX},
        image_token_id=tokenizer.convert_tokens_to_ids("<image>"),
        pad_token_id=tokenizer.pad_token_id,
        scale_factor=2,
        tie_word_embeddings=False,
    )
    model = model_kind(config)
    randomise(model, tokenizer, seed)
    model.save_pretrained(folder)


def _save_processor(folder: Path, kind: Any, **parts: Any) -> None:
    kind(
        tokenizer=_tokenizer(folder),
        image_seq_len=TOKENS_PER_TILE,
        chat_template=TEMPLATE,
        **parts,
    ).save_pretrained(folder)


def _tokenizer(folder: Path) -> Any:
    tokenizer = fast_tokenizer(folder, SPECIAL, NAMED)
    tokenizer.chat_template = TEMPLATE
    return tokenizer
