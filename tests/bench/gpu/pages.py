"""Pages to ask about, of three shapes, each with its own text."""

from pathlib import Path

from PIL import Image, ImageDraw

from tests.bench.gpu.job import Question

SHAPES_PX = ((1240, 1754), (1754, 1240), (900, 1900))
LINES = 30
PROMPT = "Read all the text on this page, line by line from top to bottom."


def draw_pages(folder: Path, count: int) -> tuple[Question, ...]:
    """So many pages as PNG files in `folder`, and the question about each."""
    folder.mkdir(parents=True)
    return tuple(_drawn(folder, number) for number in range(count))


def _drawn(folder: Path, number: int) -> Question:
    page = Image.new("RGB", SHAPES_PX[number % len(SHAPES_PX)], "white")
    pen = ImageDraw.Draw(page)
    for line in range(LINES):
        words = f"{line + 1}. Page {number}, position {line * 37 + number}: {line * number}.00 USD"
        pen.text((60, 60 + 35 * line), words, fill="black", font_size=26)
    path = folder / f"page{number:04}.png"
    page.save(path)
    return Question(path.stem, str(path), PROMPT)
