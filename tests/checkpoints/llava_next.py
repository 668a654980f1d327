"""LLaVA-1.6: a page becomes an overview and as many tiles as its shape asks for."""

from pathlib import Path

import transformers

from tests.checkpoints.llava import llava_parts, llava_tokenizer, save_processor
from tests.checkpoints.sizes import IMAGE_SIDE_PX
from tests.checkpoints.weights import randomise

GRIDS = [
    [rows * IMAGE_SIDE_PX, columns * IMAGE_SIDE_PX] for rows, columns in ((1, 2), (2, 1), (2, 2))
]


def build(folder: Path, seed: int) -> None:
    """Write a LLaVA-NeXT."""
    tokenizer = llava_tokenizer(folder)
    config = transformers.LlavaNextConfig(**llava_parts(tokenizer), image_grid_pinpoints=GRIDS)
    model = transformers.LlavaNextForConditionalGeneration(config)
    randomise(model, tokenizer, seed)
    model.save_pretrained(folder)
    images = transformers.LlavaNextImageProcessor(
        size={"shortest_edge": IMAGE_SIDE_PX},
        crop_size={"height": IMAGE_SIDE_PX, "width": IMAGE_SIDE_PX},
        image_grid_pinpoints=GRIDS,
    )
    save_processor(folder, transformers.LlavaNextProcessor, tokenizer, images)
