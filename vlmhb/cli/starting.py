"""What `init` puts into a starter: a name, and the models that this machine can run."""

import re
from collections.abc import Iterator
from pathlib import Path

from vlmhb.config import load_model
from vlmhb.config.starter import Offered, reads_pages
from vlmhb.datasets.recognised import Recognised
from vlmhb.system.gpus import list_gpus

OCR = ("tesseract-psm4", "rapidocr-ppocrv6")
LARGE = "qwen2.5-vl-3b"
SMALL = "smolvlm-256m"
"""The one that a CPU can run."""

_UNWANTED = re.compile(r"[^\w-]+")


def name_of(path: Path) -> str:
    """What to call the run and the task of a dataset: as its folder, or its file."""
    whole = path.resolve()
    return as_name(whole.stem if whole.is_file() else whole.name) or "data"


def as_name(text: str) -> str:
    """`text` with what no name should hold replaced; maybe nothing is left."""
    return _UNWANTED.sub("-", text).strip("-")


def offered(dataset: Recognised) -> tuple[Offered, ...]:
    """Models for the dataset; those that cannot run here, or not well, are to be turned on."""
    gpus, _ = list_gpus()
    ocr = tuple(_ocr()) if reads_pages(dataset) else ()
    large = load_model(LARGE)
    needs = f"needs a GPU with {large.min_gpu_memory_gib:g} GiB"
    has_gpu = any(gpu.memory_gib >= large.min_gpu_memory_gib for gpu in gpus)
    small = Offered(SMALL, load_model(SMALL).description, not (ocr or has_gpu))
    return (*ocr, Offered(LARGE, f"{needs}; {large.description}", has_gpu), small)


def _ocr() -> Iterator[Offered]:
    for name in OCR:
        model = load_model(name)
        missing = [need for need in model.files if not Path(need.path).is_file()]
        why = f"needs: {missing[0].install}" if missing else model.description
        yield Offered(name, why, not missing)
