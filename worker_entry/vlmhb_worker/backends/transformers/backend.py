"""Any model of transformers, behind the worker's one interface."""

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Dict

from vlmhb_worker.backend import Backend, LoadJob, Progress, Request
from vlmhb_worker.backends.transformers.ahead import Ahead, Job, settings_of
from vlmhb_worker.backends.transformers.device import Gauge
from vlmhb_worker.backends.transformers.load import load
from vlmhb_worker.backends.transformers.memory import Memory
from vlmhb_worker.backends.transformers.writer import Writer

if TYPE_CHECKING:
    from vlmhb_worker.feed import Feed

AUTO_ROWS_CPU = 4
AUTO_ROWS_GPU = 64

WINDOWS = 3
"""Batches that the host keeps on their way: one is written, one is prepared, one travels."""


class Transformers(Backend):
    """A family's model, asked in batches of like length while the next pages are prepared.

    Params:
        family: a name from the catalog or `module:Class`; left out, config.json decides.
        checkpoint: a folder, or `tiny-random`; models with `weights` leave it out.
        device: `auto` takes a GPU if there is one.
        dtype: `auto` is the checkpoint's half precision on a GPU, float32 on a CPU.
        attention: a kernel by its name in transformers; `auto` is the first of flash_attention_2,
            sdpa and eager that works.
        batch_size: the largest batch; `auto` grows it to what the GPU's memory holds.
        max_new_tokens: a ceiling for every task; 0 leaves the task's.
        min_pixels, max_pixels: per page, where the task names none; 0 leaves the processor's.
        threads: for torch on the CPU; 0 leaves its choice.
        chat_template: Jinja text, instead of the checkpoint's own.
        processor: arguments for the processor's `from_pretrained`.
        missing_weights: `allow` takes a checkpoint that lacks some; they are random then.
    """

    def load(self, job: LoadJob, progress: Progress) -> Dict[str, str]:
        """Load the model and let it write one token; return what was chosen and found."""
        loaded = load(job, progress)
        params = loaded.params
        self._family = loaded.family
        self._ceiling = int(params["max_new_tokens"])
        self._min_pixels = int(params["min_pixels"])
        self._max_pixels = int(params["max_pixels"])
        self.places_pages = loaded.family.places_pages
        rows = self._rows(params["batch_size"], loaded.device)
        measures = params["batch_size"] == "auto" and loaded.device.startswith("cuda")
        self._memory = Memory(rows, grows=measures and rows > 1)
        self._gauge = Gauge(loaded.device)
        self.batch_size = rows
        self.window = WINDOWS * rows
        return {**loaded.facts, "batch_size": f"at most {rows}"}

    def serve(self, feed: "Feed") -> None:
        """Write batch after batch, as the requests get ready."""
        import torch

        ahead = Ahead(feed, self._prepare, lambda: 2 * self._memory.rows)
        writer = Writer(self._family, self._memory, self._gauge, feed, ahead.prepare_now)
        ahead.start()
        with torch.inference_mode():
            while True:
                batch = ahead.take(self._memory.limits)
                if not batch:
                    return
                writer.answer(batch)
                del batch

    def _rows(self, wanted: Any, device: str) -> int:
        if wanted == "auto":
            rows = AUTO_ROWS_GPU if device.startswith("cuda") else AUTO_ROWS_CPU
        elif type(wanted) is not int or wanted < 1:
            raise ValueError(f"batch_size: got {wanted!r}, expected auto or a number from 1")
        else:
            rows = wanted
        return rows if self._family.batches else 1

    def _prepare(self, request: Request) -> Job:
        started_s = time.monotonic()
        wanted = request.generation
        bounds = {
            "min_pixels": wanted.min_pixels or self._min_pixels or None,
            "max_pixels": wanted.max_pixels or self._max_pixels or None,
        }
        request = replace(request, generation=replace(wanted, **bounds))
        prepared = self._family.prepare(request)
        settings = settings_of(request, self._ceiling)
        return Job(request, settings, prepared, time.monotonic() - started_s)
