"""A batch on its way to its answers, in as many steps as memory and faults make of it."""

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Callable, List, Optional, Tuple

from vlmhb_worker import failures
from vlmhb_worker.backend import Reply, Request
from vlmhb_worker.backends.transformers import faults, generate
from vlmhb_worker.backends.transformers.ahead import Job
from vlmhb_worker.backends.transformers.batches import positions_of
from vlmhb_worker.backends.transformers.device import Gauge
from vlmhb_worker.backends.transformers.family import Family
from vlmhb_worker.backends.transformers.memory import Memory, fewer_pixels
from vlmhb_worker.backends.transformers.watch import Watch, cut_at

if TYPE_CHECKING:
    from vlmhb_worker.feed import Feed


class Writer:
    """Settles every job that it is given."""

    def __init__(
        self,
        family: Family,
        memory: Memory,
        gauge: Gauge,
        feed: "Feed",
        prepare: Callable[[Request], Job],
    ) -> None:
        self._family = family
        self._memory = memory
        self._gauge = gauge
        self._feed = feed
        self._prepare = prepare
        self._ends = generate.end_ids(family.model, family.tokenizer)

    def answer(self, batch: List[Job]) -> None:
        """Settle every job of the batch.

        Raises:
            DeviceLostError: this process can answer nothing any more.
        """
        batch = [job for job in batch if not self._drop(job)]
        if not batch:
            return
        if not self._memory.limits.allow([job.load for job in batch]):
            self._halve(batch)
            return
        if len(batch) == 1 and self._shrinks_first(batch[0]):
            return
        failure = self._write(batch)
        if failure is None:
            return
        failures.raise_if_device_lost(failure)
        if failures.is_out_of_memory(failure):
            self._make_smaller(batch, failure)
        elif len(batch) > 1:
            # Nobody knows which request is to blame.
            for job in batch:
                self.answer([job])
        else:
            self._settle(batch[0], failure)

    def _write(self, batch: List[Job]) -> Optional[BaseException]:
        """Answer the batch; what was raised instead."""
        written = _Rows(batch, self._family, self._feed)
        watch = Watch(
            len(batch),
            stop=batch[0].settings.stop,
            decode=self._family.decode,
            is_cancelled=written.is_cancelled,
            # A batch goes on for its longest answer; the others need not wait for it.
            on_end=written.end if len(batch) > 1 else None,
        )
        watch.end_ids = self._ends
        watch.stops_rows = generate.can_stop_rows()
        written.watch = watch
        self._gauge.start()
        try:
            texts = self._family.write([job.prepared for job in batch], batch[0].settings, watch)
        except BaseException as error:  # noqa: BLE001 - a model may raise anything, also SystemExit
            return error
        for row, text in enumerate(texts):
            written.settle(row, text)
        longest = max(job.prepared.length for job in batch)
        answers = max(len(watch.tokens(row)) for row in range(len(batch)))
        use = self._gauge.use(len(batch) * (longest + answers))
        self._memory.went_well(positions_of([job.load for job in batch]), use)
        return None

    def _make_smaller(self, batch: List[Job], failure: BaseException) -> None:
        """Answer a batch that was too large, in parts or with smaller pages."""
        faults.release(failure)
        self._memory.ran_out(len(batch), positions_of([job.load for job in batch]))
        if len(batch) > 1:
            self._halve(batch)
        elif not self._shrink(batch[0]):
            text = f"memory ran out for this request alone: {failure}"
            self._settle(batch[0], faults.OutOfMemoryError(text))

    def _halve(self, batch: List[Job]) -> None:
        for job in batch:
            job.asked_rows = job.asked_rows or len(batch)
        middle = (len(batch) + 1) // 2
        self.answer(batch[:middle])
        self.answer(batch[middle:])

    def _shrinks_first(self, job: Job) -> bool:
        """Answer the job with smaller pages if one of its size ran out of memory before."""
        return self._memory.is_hopeless(positions_of([job.load])) and self._shrink(job)

    def _shrink(self, job: Job) -> bool:
        """Answer the job with smaller pages; False where that is not allowed or saves nothing."""
        wanted = job.request.generation
        pixels = fewer_pixels(job.prepared.pixels, wanted.min_pixels)
        if not wanted.may_shrink or pixels is None:
            return False
        request = replace(job.request, generation=replace(wanted, max_pixels=pixels))
        try:
            smaller = self._prepare(request)
        except BaseException as error:  # noqa: BLE001 - processors may raise anything; it is data
            self._settle(job, error)
            return True
        if smaller.prepared.length >= job.prepared.length:
            return False
        smaller.asked_rows = job.asked_rows
        smaller.shown_pixels = job.shown_pixels or job.prepared.pixels
        self.answer([smaller])
        return True

    def _drop(self, job: Job) -> bool:
        """Whether the job is settled, or nobody waits for its answer any more."""
        if not job.is_settled and self._feed.is_cancelled(job.request.id):
            self._settle(job, RuntimeError("cancelled"))
        return job.is_settled

    def _settle(self, job: Job, failure: BaseException) -> None:
        job.is_settled = True
        self._feed.settle(job.request.id, failure)


class _Rows:
    """The rows of one batch, each settled once, as soon as it is known."""

    watch: Watch

    def __init__(self, batch: List[Job], family: Family, feed: "Feed") -> None:
        self._batch = batch
        self._family = family
        self._feed = feed
        self._started_s = time.monotonic()

    def is_cancelled(self, row: int) -> bool:
        """Whether nobody waits for this row's answer any more."""
        return self._feed.is_cancelled(self._batch[row].request.id)

    def end(self, row: int) -> None:
        """Settle a row whose last token has been written, while others go on."""
        self.settle(row, self._family.decode(self.watch.tokens(row)))

    def settle(self, row: int, text: str) -> None:
        """Settle a row with its whole text, unless that is done."""
        job = self._batch[row]
        if job.is_settled:
            return
        text, is_cut = cut_at(text, job.settings.stop)
        reply = Reply(
            text,
            finish_reason="stop" if is_cut else self.watch.finish_reason(row),
            prompt_tokens=job.prepared.prompt_tokens,
            image_tokens=job.prepared.image_tokens,
            completion_tokens=self.watch.count(row),
            preprocess_s=job.preprocess_s,
            first_token_s=self.watch.first_token_s,
            generate_s=time.monotonic() - self._started_s,
            degraded=_marks(job, len(self._batch)),
        )
        job.is_settled = True
        self._feed.settle(job.request.id, reply)


def _marks(job: Job, rows: int) -> Tuple[str, ...]:
    marks = []
    if job.asked_rows > rows:
        marks.append(f"batch_size {job.asked_rows} -> {rows}")
    if job.shown_pixels:
        marks.append(f"max_pixels {job.shown_pixels} -> {job.request.generation.max_pixels}")
    return tuple(marks)
