"""A run on disk with two models and two tasks, one of them on the hub."""

from dataclasses import replace
from pathlib import Path

from tests.build import answer, failed, loaded, model
from tests.unit.exchange.runs import recorded, row
from vlmhb.domain.answer import Outcome
from vlmhb.domain.model import ModelSpec, WeightsRef
from vlmhb.domain.run import LeftOut
from vlmhb.domain.task import DatasetRef, SourceFile
from vlmhb.store import RunDir

COMMIT = "c" * 40
HUB = DatasetRef(
    "DocVQA",
    "parquet",
    "/data",
    "val.parquet",
    "MIT",
    source=(SourceFile(f"hub:lmms-lab/DocVQA@{COMMIT}/val.parquet", "val.parquet"),),
)
QWEN = model("qwen", weights=WeightsRef("Qwen/Qwen2-VL-2B-Instruct", COMMIT))
OWN = model("own/model")


def scored_run(folder: Path, *models: ModelSpec) -> RunDir:
    """Two samples on the hub's task, of which one failed, and one on a task of our own."""
    on_hub = loaded((row(1, "right"), row(2, "lost")), "docvqa", dataset=HUB, scale=100)
    on_hub = replace(on_hub, left_out=LeftOut(limited=7))
    ours = loaded((row(3, "x", choices=(("A", "x"),)),), "invoices")
    outcomes: dict[str, Outcome] = {
        "1": answer(text="right"),
        "2": failed(),
        "3": answer(text="=1+1 \udc80"),
    }
    return recorded(folder, on_hub, outcomes, models or (QWEN, OWN), [on_hub, ours])
