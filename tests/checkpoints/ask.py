"""What checkpoints answer: `... -m tests.checkpoints.ask FOLDER...` prints one JSON map.

It maps each folder to its answers about a first page, a second page, and both, by greedy decoding.
"""

import json
import sys
from pathlib import Path
from typing import Any

import transformers
from PIL import Image, ImageDraw

PROMPT = "What is the total amount?"
MAX_NEW_TOKENS = 24


def main() -> None:
    print(json.dumps({folder: answers(Path(folder)) for folder in sys.argv[1:]}))


def answers(folder: Path) -> list[str]:
    """The three answers of the checkpoint in `folder`."""
    processor = transformers.AutoProcessor.from_pretrained(folder)
    model = _load(folder).eval()
    first, second = pages()
    return [_answer(model, processor, asked) for asked in ([first], [second], [first, second])]


def pages() -> list[Any]:
    """Two pages with different print, the second with a dark bar on top."""
    drawn = []
    for text, bar_px in (("Invoice 42\ntotal 1,234.56", 0), ("Receipt 17\ntotal 93.10", 40)):
        page = Image.new("RGB", (168, 112), "white")
        pen = ImageDraw.Draw(page)
        pen.rectangle((0, 0, 168, bar_px), fill="navy")
        pen.multiline_text((10, 50), text, fill="black")
        drawn.append(page)
    return drawn


def _load(folder: Path) -> Any:
    kind = json.loads((folder / "config.json").read_text())["architectures"][0]
    return getattr(transformers, kind).from_pretrained(folder)


def _answer(model: Any, processor: Any, asked: list[Any]) -> str:
    inputs = processor(text=_text(processor, len(asked)), images=asked, return_tensors="pt")
    written = model.generate(**inputs, max_new_tokens=MAX_NEW_TOKENS, do_sample=False)
    new = written[0, inputs["input_ids"].shape[1] :]
    return str(processor.tokenizer.decode(new, skip_special_tokens=True))


def _text(processor: Any, page_count: int) -> str:
    if not getattr(processor, "chat_template", None):
        return "USER: " + "<image>\n" * page_count + PROMPT + " ASSISTANT:"
    content = [{"type": "image"}] * page_count + [{"type": "text", "text": PROMPT}]
    conversation = [{"role": "user", "content": content}]
    return str(processor.apply_chat_template(conversation, add_generation_prompt=True))


if __name__ == "__main__":
    main()
