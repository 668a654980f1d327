"""InternVL in its authors' format: code that comes with the weights, here a stand-in's."""

import shutil
from pathlib import Path

import torch

from tests.checkpoints.own_code.configuration_own import OwnConfig
from tests.checkpoints.own_code.modeling_own import OwnModel
from tests.checkpoints.sizes import TEXT, special_ids
from tests.checkpoints.vocabulary import fast_tokenizer
from tests.checkpoints.weights import GAIN, randomise

SPECIAL = ("<|endoftext|>", "<|im_end|>", "<img>", "</img>", "<IMG_CONTEXT>")
NAMED = {"eos_token": "<|im_end|>", "pad_token": "<|endoftext|>"}
CODE = Path(__file__).parent / "own_code"
MODEL = "modeling_own.OwnModel"


def build(folder: Path, seed: int) -> None:
    """Write the weights, and the code beside them."""
    tokenizer = fast_tokenizer(folder, SPECIAL, NAMED)
    config = OwnConfig(
        llm_config={**TEXT, "vocab_size": len(tokenizer), **special_ids(tokenizer)},
        auto_map={"AutoConfig": "configuration_own.OwnConfig", "AutoModel": MODEL},
    )
    model = OwnModel(config)
    randomise(model.language_model, tokenizer, seed)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        model.eye.weight.copy_(torch.randn(model.eye.weight.shape, generator=generator) * GAIN)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    for file in CODE.glob("*.py"):
        if file.name != "__init__.py":
            shutil.copy(file, folder)
