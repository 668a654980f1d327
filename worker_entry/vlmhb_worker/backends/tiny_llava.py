"""A LLaVA-1.5 checkpoint of one megabyte with random weights: real classes, no quality."""

import os
from typing import Any

SEED = 20_231_005
VOCABULARY = 800
IMAGE_SIDE_PX = 56

TEXT_FOR_TOKENIZER = (
    "Read all the text on this page, line by line from top to bottom. USER: ASSISTANT:",
    "Invoice number 42, invoice date, total amount due 1,234.56 USD, supplier and customer",
    "Счёт на оплату № 6312 от 25 июля 2019 г. Поставщик: ООО «Пример», ИНН 7700000000",
    "Итого: 457 716,43 В том числе НДС 20%: 76 286,07 Всего наименований 5, на сумму руб.",
    "거래명세서 공급자 주식회사 예시 합계금액 426,000 원 작성일자 사업자등록번호 대표자",
)
"""Enough letters that prompts in three scripts become tokens rather than bytes."""


def build(folder: str) -> None:
    """Write the checkpoint; the same versions of torch and transformers write the same bytes."""
    import torch
    from transformers import CLIPImageProcessor, LlavaForConditionalGeneration, LlavaProcessor

    os.makedirs(folder, exist_ok=True)
    tokenizer = _tokenizer(folder)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(SEED)
        model = LlavaForConditionalGeneration(_config(tokenizer))
        # transformers 4.37 takes a row of zeros for a place where an image belongs.
        padding = model.get_input_embeddings().weight.data[tokenizer.pad_token_id]
        padding.normal_(std=0.02)
    images = CLIPImageProcessor(
        size={"shortest_edge": IMAGE_SIDE_PX},
        crop_size={"height": IMAGE_SIDE_PX, "width": IMAGE_SIDE_PX},
    )
    model.save_pretrained(folder)
    LlavaProcessor(image_processor=images, tokenizer=tokenizer).save_pretrained(folder)


def _tokenizer(folder: str) -> Any:
    """A byte-level tokenizer, so that no text is unknown to it."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import LlamaTokenizerFast

    special = {"unk_token": "<unk>", "bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>"}
    learned = Tokenizer(models.BPE())
    learned.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    learned.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=[*special.values(), "<image>"],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    learned.train_from_iterator(TEXT_FOR_TOKENIZER, trainer)
    file = os.path.join(folder, "tokenizer.json")
    learned.save(file)
    # LlavaProcessor 4.37 takes no other class.
    return LlamaTokenizerFast(
        tokenizer_file=file,
        legacy=False,
        additional_special_tokens=["<image>"],
        padding_side="left",
        **special,
    )


def _config(tokenizer: Any) -> Any:
    from transformers import CLIPVisionConfig, LlamaConfig, LlavaConfig

    vision = CLIPVisionConfig(
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        image_size=IMAGE_SIDE_PX,
        patch_size=14,
        projection_dim=32,
    )
    language = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=4,
        max_position_embeddings=4096,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    return LlavaConfig(
        vision_config=vision,
        text_config=language,
        image_token_index=tokenizer.convert_tokens_to_ids("<image>"),
        pad_token_id=tokenizer.pad_token_id,
    )
