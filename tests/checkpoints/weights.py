"""Random weights that make a model say something."""

from typing import Any

import torch

GAIN = 2.5
"""Above 1, small differences of the input grow from layer to layer instead of dying out."""

EMBEDDING_STD = 0.5
"""Below 1, so that what a token has heard of the others weighs more than the token itself."""

END_GAIN = 1.6
"""How much louder the end of the answer is than other tokens: about one token in thirty ends it."""


def randomise(model: Any, tokenizer: Any, seed: int, *, ends: bool = True) -> None:
    """Fill every matrix of `model`; it will write printable tokens and the end, nothing else.

    Without `ends` it never writes the end.
    """
    generator = torch.Generator().manual_seed(seed)
    tables = {id(one.weight) for one in model.modules() if isinstance(one, torch.nn.Embedding)}
    with torch.no_grad():
        for weight in model.parameters():
            if weight.ndim < 2:
                continue
            inputs = weight[0].numel()
            scale = EMBEDDING_STD if id(weight) in tables else GAIN * inputs**-0.5
            weight.copy_(torch.randn(weight.shape, generator=generator) * scale)
        head = model.get_output_embeddings().weight
        # A token whose score is always zero never wins against hundreds of random ones.
        for token in range(head.shape[0]):
            if not _is_printable(tokenizer, token):
                head[token] = 0
        if not ends:
            return
        end = tokenizer.eos_token_id
        loud = torch.randn(head.shape[1], generator=generator)
        head[end] = loud * END_GAIN * GAIN * head.shape[1] ** -0.5


def _is_printable(tokenizer: Any, token: int) -> bool:
    """Whether it is text by itself: no special token, no control character, no half a letter."""
    text = tokenizer.decode([token], skip_special_tokens=True)
    return bool(text) and text.isprintable() and "\ufffd" not in text
