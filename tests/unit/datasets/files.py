"""A small annotation.csv with images to break in tests."""

from pathlib import Path

from PIL import Image

from vlmhb.domain.prompt import one_prompt
from vlmhb.domain.task import DatasetRef, Task

HEADER = "data_index;split;image_path;question;answer;doc_class;question_type;answer_bbox"


def row(image: str = "images/a.png", question: str = "q", split: str = "clean") -> str:
    return f"0;{split};{image};{question};yes;invoice;total;"


def write_dataset(root: Path, *rows: str, header: str = HEADER) -> DatasetRef:
    """The dataset with these rows and two images, a.png and b.png."""
    (root / "images").mkdir(parents=True, exist_ok=True)
    Image.new("L", (30, 20), 255).save(root / "images/a.png")
    Image.new("L", (30, 20), 0).save(root / "images/b.png")
    text = "".join(f"{line}\n" for line in (header, *rows))
    (root / "annotation.csv").write_bytes(text.encode("utf-8-sig"))
    return DatasetRef("small", "annotation_csv", str(root), "annotation.csv", "none")


def task_of(dataset: DatasetRef) -> Task:
    return Task("t", "1", "", dataset, one_prompt("t", "1", "{{ question }}"), {})
