"""SGLang's offline engine: all requests are in flight, and it batches them as they come and go."""

import asyncio
import operator
import signal
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Dict, List, Sequence, Set

from vlmhb_worker import placed
from vlmhb_worker.backend import Backend, LoadJob, Progress, Reply, Request
from vlmhb_worker.backends.in_flight import Result
from vlmhb_worker.backends.offline_engine import (
    IN_PREPARATION,
    conversation,
    engine_arguments,
    given_up,
    refusal,
    sampling,
    start,
)
from vlmhb_worker.backends.page_engine import checked_params
from vlmhb_worker.backends.pages import open_page
from vlmhb_worker.backends.scale import scale_to
from vlmhb_worker.backends.stderr_copy import EngineFailedError

if TYPE_CHECKING:
    from vlmhb_worker.feed import Feed

DEFAULTS: Dict[str, Any] = {
    "dtype": "auto",
    "max_model_len": 0,
    "max_num_seqs": 64,
    "max_new_tokens": 0,
    "gpu_memory_utilization": 0,
    "tensor_parallel_size": 1,
    "engine": {},
}

NAMES = {
    "dtype": "dtype",
    "max_model_len": "context_length",
    "max_num_seqs": "max_running_requests",
    "gpu_memory_utilization": "mem_fraction_static",
    "tensor_parallel_size": "tp_size",
}
"""Param -> argument of SGLang's `Engine`."""

ADVICE = (
    "Raise params.max_model_len, lower the task's max_pixels or max_new_tokens, or send fewer pages"
)

LOOK_S = 0.1
"""How often cancelled requests are looked for."""

NOTHING = operator.is_
"""What a signal is to do: nothing. The engine's processes must find it without this package."""

RECORDED = (
    "version",
    "dtype",
    "quantization",
    "attention_backend",
    "context_length",
    "kv_cache_dtype",
    "max_running_requests",
    "max_total_num_tokens",
    "tp_size",
)
"""What the engine says about itself that belongs to an evaluation."""


@dataclass(frozen=True)
class Prepared:
    """A request as the engine takes it."""

    text: str
    pages: List[Any]
    preprocess_s: float


class Sglang(Backend):
    """Any model of SGLang whose processor has a chat template.

    Params: `dtype` (`auto`: the checkpoint's), `max_model_len` (tokens of prompt, pages and answer;
    0 leaves the model's own), `max_num_seqs` (requests the engine works on at once),
    `max_new_tokens` (a ceiling for every task; 0 leaves the task's), `gpu_memory_utilization`
    (share of the GPU's memory for weights and cache; 0 leaves SGLang's choice),
    `tensor_parallel_size`, `engine` (further arguments of SGLang's `Engine`).

    Pages are scaled to the task's limits before SGLang sees them: it takes limits for all only.
    """

    def __init__(self) -> None:
        self._generating: Set[str] = set()

    def load(self, job: LoadJob, progress: Progress) -> Dict[str, str]:
        """Start the engine; return versions, dtype, attention backend and the room for tokens."""
        params = checked_params(job.params, DEFAULTS)
        arguments = sglang_arguments(params, job)
        progress("import sglang", 0, 2)
        import sglang
        import torch
        import transformers

        self._processor = transformers.AutoProcessor.from_pretrained(
            job.weights, trust_remote_code=job.trust_remote_code
        )
        self._ceiling = params["max_new_tokens"]
        self.window = params["max_num_seqs"] + IN_PREPARATION
        # A checkpoint without a chat template shows here, before the engine takes minutes.
        self._prepare(Request("", "What is written here?", "", ()))
        self.places_pages = placed.keeps_order(lambda parts: self._render("", parts))
        self._engine, self._printed = start(lambda: sglang.Engine(**arguments), progress)
        told = self._engine.get_server_info()
        return {
            "torch": torch.__version__,
            "transformers": transformers.__version__,
            **{"sglang" if name == "version" else name: str(told.get(name)) for name in RECORDED},
        }

    def serve(self, feed: "Feed") -> None:
        """Keep every request in the engine that came."""
        self._engine.loop.run_until_complete(self._serve(feed))

    def close(self) -> None:
        """End the engine's processes."""
        self._engine.shutdown()

    async def _serve(self, feed: "Feed") -> None:
        loop = asyncio.get_running_loop()
        ended = asyncio.Event()
        # A process of the engine that fails, or finds another one dead, sends this signal. SGLang
        # would kill this process over it, and nobody would learn why.
        loop.add_signal_handler(signal.SIGQUIT, ended.set)
        serving = loop.create_task(self._settle_all(feed))
        ending = loop.create_task(ended.wait())
        while not (serving.done() or ending.done()):
            await asyncio.wait(
                {serving, ending}, timeout=LOOK_S, return_when=asyncio.FIRST_COMPLETED
            )
            # One that waits for its seat has no output to notice it by. Asking again is harmless.
            for request_id in filter(feed.is_cancelled, self._generating):
                self._engine.tokenizer_manager.abort_request(rid=request_id)
        if not serving.done():
            raise self._printed.failure(EngineFailedError("a process of the engine ended"))
        ending.cancel()
        serving.result()

    async def _settle_all(self, feed: "Feed") -> None:
        loop = asyncio.get_running_loop()
        running: Set[Any] = set()
        while True:
            taken = await loop.run_in_executor(None, lambda: feed.take(1, wait=True))
            if not taken:
                break
            task = loop.create_task(self._settle(feed, taken[0]))
            running.add(task)
            task.add_done_callback(running.discard)
        await asyncio.gather(*running)

    async def _settle(self, feed: "Feed", request: Request) -> None:
        loop = asyncio.get_running_loop()
        try:
            prepared = await loop.run_in_executor(None, self._prepare, request)
            self._generating.add(request.id)
            result: Result = await self._generate(request, prepared)
        except Exception as error:  # noqa: BLE001 - a model's processor may raise anything
            result = error
        self._generating.discard(request.id)
        if isinstance(result, Exception):
            result = refusal(result, ADVICE)
        feed.settle(request.id, result)

    async def _generate(self, request: Request, prepared: Prepared) -> Result:
        started = time.monotonic()
        first_token_s = 0.0
        last: Dict[str, Any] = {}
        async for chunk in await self._engine.async_generate(
            prepared.text,
            sampling(
                request.generation, self._ceiling, length="max_new_tokens", seed="sampling_seed"
            ),
            image_data=prepared.pages or None,
            stream=True,
            rid=request.id,
        ):
            last = chunk
            first_token_s = first_token_s or time.monotonic() - started
        return reply(last, prepared.preprocess_s, first_token_s, time.monotonic() - started)

    def _prepare(self, request: Request) -> Prepared:
        started = time.monotonic()
        limits = request.generation.min_pixels, request.generation.max_pixels
        parts = placed.parts(request, places=self.places_pages)
        pages = [scale_to(open_page(page), *limits) for page in placed.pages_of(parts)]
        text = self._render(request.system_prompt, parts)
        return Prepared(text, pages, time.monotonic() - started)

    def _render(self, system_prompt: str, parts: Sequence[placed.Part]) -> str:
        text = self._processor.apply_chat_template(
            conversation(system_prompt, parts), add_generation_prompt=True, tokenize=False
        )
        return str(text)


def sglang_arguments(params: Dict[str, Any], job: LoadJob) -> Dict[str, Any]:
    """The arguments of SGLang's `Engine`."""
    fixed = {
        "model_path": job.weights,
        "random_seed": job.seed,
        "log_level": "info",
        # Its own handler kills this process as soon as another one fails to start.
        "custom_sigquit_handler": NOTHING,
    }
    return engine_arguments(params, job, NAMES, **fixed)


def reply(
    last: Dict[str, Any], preprocess_s: float, first_token_s: float, generate_s: float
) -> Result:
    """What the engine's last message says; times count from when it was handed the request."""
    told = last.get("meta_info", {})
    finish = told.get("finish_reason") or {}
    failure = given_up(finish.get("type"), finish.get("message", ""))
    if failure is not None:
        return failure
    image_tokens = told.get("image_tokens", 0)
    return Reply(
        last["text"].strip(),
        finish_reason=finish["type"],
        prompt_tokens=told["prompt_tokens"] - image_tokens,
        image_tokens=image_tokens,
        completion_tokens=told["completion_tokens"],
        preprocess_s=preprocess_s,
        first_token_s=first_token_s,
        generate_s=generate_s,
    )
