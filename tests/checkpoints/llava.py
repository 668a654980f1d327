"""LLaVA-1.5: every page becomes 16 tokens, whatever its size."""

import inspect
from pathlib import Path
from typing import Any

import transformers

from tests.checkpoints.sizes import IMAGE_SIDE_PX, PATCH_SIDE_PX, TEXT, VISION, special_ids
from tests.checkpoints.vocabulary import fast_tokenizer
from tests.checkpoints.weights import randomise

IMAGE = "<image>"
NAMED = {"unk_token": "<unk>", "bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>"}
TEMPLATE = """\
{%- for message in messages -%}
{%- if message['role'] != 'system' %}{{ message['role'] | upper }}: {% endif -%}
{%- if message['content'] is string -%}
{{ message['content'] }}
{%- else -%}
{%- for part in message['content'] if part['type'] == 'image' %}<image>
{% endfor -%}
{%- for part in message['content'] if part['type'] == 'text' %}{{ part['text'] }}{% endfor -%}
{%- endif %} {% endfor -%}
{%- if add_generation_prompt %}ASSISTANT:{% endif -%}
"""


def build(folder: Path, seed: int) -> None:
    """Write a LLaVA-1.5; before transformers 4.40 its processor has no chat template."""
    tokenizer = llava_tokenizer(folder)
    config = transformers.LlavaConfig(**llava_parts(tokenizer))
    model = transformers.LlavaForConditionalGeneration(config)
    randomise(model, tokenizer, seed)
    model.save_pretrained(folder)
    side = {"height": IMAGE_SIDE_PX, "width": IMAGE_SIDE_PX}
    images = transformers.CLIPImageProcessor(size={"shortest_edge": IMAGE_SIDE_PX}, crop_size=side)
    save_processor(folder, transformers.LlavaProcessor, tokenizer, images)


def llava_tokenizer(folder: Path) -> Any:
    """The tokenizer of the LLaVA families."""
    special = (*NAMED.values(), IMAGE)
    return fast_tokenizer(folder, special, NAMED, old_class="LlamaTokenizerFast")


def llava_parts(tokenizer: Any) -> dict[str, Any]:
    """What the config of each LLaVA family takes."""
    vision = transformers.CLIPVisionConfig(
        **VISION, image_size=IMAGE_SIDE_PX, patch_size=PATCH_SIDE_PX, projection_dim=128
    )
    text = transformers.LlamaConfig(**TEXT, vocab_size=len(tokenizer), **special_ids(tokenizer))
    return {
        "vision_config": vision,
        "text_config": text,
        "image_token_index": tokenizer.convert_tokens_to_ids(IMAGE),
        "pad_token_id": tokenizer.pad_token_id,
    }


def save_processor(folder: Path, kind: Any, tokenizer: Any, images: Any) -> None:
    """Write the processor `kind` with what this generation of transformers lets it hold."""
    offered = {
        "patch_size": PATCH_SIDE_PX,
        "vision_feature_select_strategy": "default",
        "num_additional_image_tokens": 1,
        "chat_template": TEMPLATE,
    }
    accepted = inspect.signature(kind.__init__).parameters
    known = {name: value for name, value in offered.items() if name in accepted}
    kind(image_processor=images, tokenizer=tokenizer, **known).save_pretrained(folder)
