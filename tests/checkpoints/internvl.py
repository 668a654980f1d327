"""InternVL as transformers has it: a page becomes tiles of equal size and an overview."""

from pathlib import Path
from typing import Any

import transformers

from tests.checkpoints.sizes import IMAGE_SIDE_PX, PATCH_SIDE_PX, TEXT, VISION, special_ids
from tests.checkpoints.vocabulary import fast_tokenizer
from tests.checkpoints.weights import randomise

PAGE = "<IMG_CONTEXT>"
SPECIAL = ("<|endoftext|>", "<|im_start|>", "<|im_end|>", "<img>", "</img>", PAGE, "<video>")
TEMPLATE = """\
{%- for message in messages -%}
<|im_start|>{{ message['role'] }}
{% if message['content'] is string -%}
{{ message['content'] }}
{%- else -%}
{%- for part in message['content'] -%}
{%- if part['type'] == 'image' -%}<IMG_CONTEXT>
{% else -%}{{ part['text'] }}
{%- endif -%}
{%- endfor -%}
{%- endif -%}
<|im_end|>
{% endfor -%}
{%- if add_generation_prompt -%}
<|im_start|>assistant
{% endif -%}
"""
TOKENS_PER_TILE = 4


def build(folder: Path, seed: int) -> None:
    """Write an InternVL."""
    tokenizer = _tokenizer(folder)
    config = transformers.InternVLConfig(
        vision_config=transformers.InternVLVisionConfig(
            **VISION,
            image_size=[IMAGE_SIDE_PX, IMAGE_SIDE_PX],
            patch_size=[PATCH_SIDE_PX, PATCH_SIDE_PX],
        ),
        text_config=transformers.Qwen2Config(
            **TEXT, vocab_size=len(tokenizer), **special_ids(tokenizer)
        ),
        image_token_id=tokenizer.convert_tokens_to_ids(PAGE),
        downsample_ratio=0.5,
        tie_word_embeddings=False,
    )
    model = transformers.InternVLForConditionalGeneration(config)
    randomise(model, tokenizer, seed)
    model.save_pretrained(folder)
    side = {"height": IMAGE_SIDE_PX, "width": IMAGE_SIDE_PX}
    transformers.InternVLProcessor(
        image_processor=transformers.GotOcr2ImageProcessor(
            size=side, crop_to_patches=True, min_patches=1, max_patches=4
        ),
        tokenizer=tokenizer,
        video_processor=transformers.InternVLVideoProcessor(size=side),
        image_seq_length=TOKENS_PER_TILE,
        chat_template=TEMPLATE,
    ).save_pretrained(folder)


def _tokenizer(folder: Path) -> Any:
    named = {
        "eos_token": "<|im_end|>",
        "pad_token": "<|endoftext|>",
        "unk_token": "<|endoftext|>",
        "extra_special_tokens": {
            "start_image_token": "<img>",
            "end_image_token": "</img>",
            "context_image_token": PAGE,
            "video_token": "<video>",
        },
    }
    tokenizer = fast_tokenizer(folder, SPECIAL, named, old_class="Qwen2TokenizerFast")
    tokenizer.chat_template = TEMPLATE
    return tokenizer
