"""The tokenizer of all families: learned on the spot, no text is unknown to it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import transformers
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

SIZE = 800
TEXTS = (
    "Read all the text on this page, line by line from top to bottom. What is the total amount?",
    "Invoice number 42, invoice date, total amount due 1,234.56 USD, supplier and customer name",
    "Счёт на оплату № 6312 от 25 июля 2019 г. Поставщик: ООО «Пример», ИНН 7700000000",
    "Итого: 457 716,43 В том числе НДС 20%: 76 286,07 Всего наименований 5, на сумму руб.",
    "거래명세서 공급자 주식회사 예시 합계금액 426,000 원 작성일자 사업자등록번호 대표자",
    "You are a helpful assistant. system user assistant User: Assistant: USER: ASSISTANT:",
)
"""Enough letters that prompts in three scripts become tokens rather than bytes."""


def learn(folder: Path, special: Sequence[str]) -> Path:
    """Write tokenizer.json, with `special` as the first tokens; its path."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=SIZE,
        special_tokens=list(special),
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(TEXTS, trainer)
    file = folder / "tokenizer.json"
    tokenizer.save(str(file))
    return file


def fast_tokenizer(
    folder: Path, special: Sequence[str], named: Mapping[str, Any], old_class: str = ""
) -> Any:
    """A fast tokenizer of transformers; `named` says which tokens are its eos_token and so on.

    `old_class` is the class that processors insist on before transformers 5.
    """
    is_old = int(transformers.__version__.partition(".")[0]) < 5
    kind = getattr(transformers, old_class if old_class and is_old else "PreTrainedTokenizerFast")
    return kind(
        tokenizer_file=str(learn(folder, special)),
        additional_special_tokens=[word for word in special if word not in named.values()],
        padding_side="left",
        # Otherwise token_type_ids come out, which no generate() takes.
        model_input_names=["input_ids", "attention_mask"],
        **named,
    )
