"""Families for tests, lent to a worker: real tiny models with a fault or a record of what they did.

Imported by the worker, inside the env; `module:Class` in the model's params.
"""

import json
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from vlmhb_worker.backends.transformers.families.llava import LlavaFamily
from vlmhb_worker.backends.transformers.families.qwen_vl import Qwen2VlFamily
from vlmhb_worker.backends.transformers.family import Prepared, Settings
from vlmhb_worker.backends.transformers.watch import Watch

PATIENCE_S = 60.0
HERE = Path(__file__).parent


def told(name: str) -> Any:
    """What the test wrote into a file beside this one."""
    return json.loads((HERE / f"{name}.json").read_text(encoding="utf-8"))


def tell(name: str, value: Any) -> None:
    """Add a line to a file that the test reads."""
    with (HERE / f"{name}.log").open("a", encoding="utf-8") as file:
        file.write(json.dumps(value) + "\n")


class HungryLlava(LlavaFamily):
    """Runs out of memory above `rows` rows, and is busy as long as it is told `busy`."""

    def prepare(self, request: Any) -> Prepared:
        """Prepare, and tell."""
        made = super().prepare(request)
        tell("prepared", request.id)
        return made

    def write(self, batch: Sequence[Prepared], settings: Settings, watch: Watch) -> list[str]:
        """The answers, or torch's own exception."""
        import torch  # noqa: PLC0415 - the tests that copy this file have none

        tell("batches", len(batch))
        while told("busy"):
            time.sleep(0.005)
        if len(batch) > told("rows"):
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB.")
        return super().write(batch, settings, watch)


class HungryQwen(Qwen2VlFamily):
    """Runs out of the CPU's memory, in torch's words, above `positions` of one request."""

    def write(self, batch: Sequence[Prepared], settings: Settings, watch: Watch) -> list[str]:
        """The answers, or what torch raises when malloc fails."""
        tell("lengths", [one.length for one in batch])
        if max(one.length for one in batch) > told("positions"):
            raise RuntimeError(
                "[enforce fail at alloc_cpu.cpp:117] . DefaultCPUAllocator: can't allocate memory: "
                "you tried to allocate 8589934592 bytes. Error code 12 (Cannot allocate memory)"
            )
        return super().write(batch, settings, watch)


class Endless(LlavaFamily):
    """Never ends an answer by itself, and tells when one has begun and how long it became."""

    def load(self, checkpoint: Any) -> None:
        """Load, and forget what ends an answer."""
        super().load(checkpoint)
        self.model.generation_config.eos_token_id = None
        self.tokenizer.eos_token = None

    def write(self, batch: Sequence[Prepared], settings: Settings, watch: Watch) -> list[str]:
        """The answers, with their lengths on record."""
        tell("begun", len(batch))
        texts = super().write(batch, settings, watch)
        tell("written", [watch.count(row) for row in range(len(batch))])
        return texts


class Overlapping(LlavaFamily):
    """Finishes the first batch only when the next request is being prepared."""

    prepared = 0
    second = threading.Event()

    def prepare(self, request: Any) -> Prepared:
        """Count, and say when the second request is here."""
        if request.id != "probe":
            Overlapping.prepared += 1
        if Overlapping.prepared > 1:
            self.second.set()
        return super().prepare(request)

    def write(self, batch: Sequence[Prepared], settings: Settings, watch: Watch) -> list[str]:
        """The answers; `in time` when the next request was prepared meanwhile."""
        texts = super().write(batch, settings, watch)
        if Overlapping.prepared == 0:
            return texts
        return ["in time" if self.second.wait(PATIENCE_S) else "too late" for _ in texts]


class LostDevice(LlavaFamily):
    """Has an error after which a GPU is of no use, when the prompt asks for it."""

    def prepare(self, request: Any) -> Prepared:
        """Remember what was asked."""
        made = super().prepare(request)
        inputs: dict[str, Any] = dict(made.inputs, lost="lost" in request.prompt)
        return Prepared(**{**vars(made), "inputs": inputs})

    def write(self, batch: Sequence[Prepared], settings: Settings, watch: Watch) -> list[str]:
        """The answers, or an error of CUDA's context."""
        if any(one.inputs.pop("lost") for one in batch):
            raise RuntimeError("CUDA error: an illegal memory access was encountered")
        return super().write(batch, settings, watch)


class Picky(LlavaFamily):
    """Cannot do with torch's own attention, as some models whose code comes with them."""

    def load(self, checkpoint: Any) -> None:
        """Load, unless the kernel is sdpa."""
        if checkpoint.attention == "sdpa":
            raise ValueError("Picky does not support scaled_dot_product_attention yet")
        super().load(checkpoint)
