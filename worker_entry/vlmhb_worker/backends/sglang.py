"""SGLang's offline engine: all requests are in flight, and it batches them as they come and go."""

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Dict, List, Set

from vlmhb_worker.backend import Backend, Generation, LoadJob, Progress, Reply, Request
from vlmhb_worker.backends.in_flight import Result
from vlmhb_worker.backends.page_engine import checked_params
from vlmhb_worker.backends.pages import open_page
from vlmhb_worker.backends.scale import scale_to
from vlmhb_worker.backends.stderr_copy import StderrCopy

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

IN_PREPARATION = 16
"""Requests beyond the engine's seats, so that a free seat never waits for a page to be decoded."""

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

    def load(self, job: LoadJob, progress: Progress) -> Dict[str, str]:
        """Start the engine; return versions, dtype, attention backend and the room for tokens."""
        params = checked_params(job.params, DEFAULTS)
        arguments = {
            **engine_arguments(params, job.weights, job.seed),
            **params["engine"],
            "trust_remote_code": job.trust_remote_code,
        }
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
        printed = StderrCopy(lambda: progress("start the engine", 1, 2))
        try:
            with printed:
                self._engine = sglang.Engine(**arguments)
        except RuntimeError as error:
            raise printed.failure(error) from error
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
            result: Result = await self._generate(feed, request, prepared)
        except Exception as error:  # noqa: BLE001 - a model's processor may raise anything
            result = error
        feed.settle(request.id, result)

    async def _generate(self, feed: "Feed", request: Request, prepared: Prepared) -> Result:
        started = time.monotonic()
        first_token_s = 0.0
        last: Dict[str, Any] = {}
        async for chunk in await self._engine.async_generate(
            prepared.text,
            sampling(request.generation, self._ceiling),
            image_data=prepared.pages or None,
            stream=True,
            rid=request.id,
        ):
            last = chunk
            first_token_s = first_token_s or time.monotonic() - started
            if feed.is_cancelled(request.id):
                self._engine.tokenizer_manager.abort_request(rid=request.id)
                return RuntimeError("cancelled")
        return reply(last, prepared.preprocess_s, first_token_s, time.monotonic() - started)

    def _prepare(self, request: Request) -> Prepared:
        started = time.monotonic()
        limits = request.generation.min_pixels, request.generation.max_pixels
        pages = [scale_to(open_page(page), *limits) for page in request.pages]
        text = self._processor.apply_chat_template(
            conversation(request), add_generation_prompt=True, tokenize=False
        )
        return Prepared(text, pages, time.monotonic() - started)


def engine_arguments(params: Dict[str, Any], weights: str, seed: int) -> Dict[str, Any]:
    """The arguments of SGLang's `Engine` that follow from the params."""
    arguments = {
        "model_path": weights,
        "dtype": params["dtype"],
        "random_seed": seed,
        "max_running_requests": params["max_num_seqs"],
        "tp_size": params["tensor_parallel_size"],
        "log_level": "info",
    }
    if params["max_model_len"]:
        arguments["context_length"] = params["max_model_len"]
    if params["gpu_memory_utilization"]:
        arguments["mem_fraction_static"] = params["gpu_memory_utilization"]
    return arguments


def conversation(request: Request) -> List[Dict[str, Any]]:
    """The messages that ask it: a place for each page, then the prompt."""
    content: List[Dict[str, Any]] = [{"type": "image"} for _ in request.pages]
    content.append({"type": "text", "text": request.prompt})
    messages: List[Dict[str, Any]] = [{"role": "user", "content": content}]
    if request.system_prompt.strip():
        system = [{"type": "text", "text": request.system_prompt}]
        messages.insert(0, {"role": "system", "content": system})
    return messages


def sampling(generation: Generation, ceiling: int) -> Dict[str, Any]:
    """How to write the answer, in SGLang's words; `ceiling` 0 is none."""
    longest = generation.max_new_tokens
    return {
        "max_new_tokens": min(longest, ceiling or longest),
        "temperature": generation.temperature,
        "top_p": generation.top_p,
        "sampling_seed": generation.seed,
        "stop": [mark for mark in generation.stop if mark],
    }


def reply(
    last: Dict[str, Any], preprocess_s: float, first_token_s: float, generate_s: float
) -> Result:
    """What the engine's last message says; times count from when it was handed the request."""
    told = last.get("meta_info", {})
    finish = told.get("finish_reason") or {}
    if finish.get("type") not in ("stop", "length"):
        return RuntimeError(f"the engine gave the request up: {finish or last}")
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
