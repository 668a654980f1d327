"""vLLM's offline engine: all requests are in flight, and it batches them as they come and go."""

import io
import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Dict, Iterator, Optional, Tuple

from vlmhb_worker import placed
from vlmhb_worker.backend import Backend, Generation, LoadJob, Page, Progress, Reply, Request
from vlmhb_worker.backends.in_flight import Engine, InFlight, Result
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
from vlmhb_worker.backends.vllm_facts import facts_of

if TYPE_CHECKING:
    from vlmhb_worker.feed import Feed

DEFAULTS: Dict[str, Any] = {
    "dtype": "auto",
    "max_model_len": 0,
    "max_num_seqs": 64,
    "max_pages": 16,
    "max_new_tokens": 0,
    "gpu_memory_utilization": 0.9,
    "kv_cache_gib": 0,
    "tensor_parallel_size": 1,
    "engine": {},
}

NAMES = {
    name: name
    for name in (
        "dtype",
        "max_model_len",
        "max_num_seqs",
        "gpu_memory_utilization",
        "tensor_parallel_size",
    )
}
"""Param -> argument of vLLM's `LLM`."""

PROCESSES = {
    # Sockets get paths relative to this process's folder: absolute ones can be longer than allowed.
    "VLLM_RPC_BASE_PATH": ".",
    "VLLM_HOST_IP": "127.0.0.1",
    # A fork would copy the pipes to the host, and the locks of threads that it does not copy.
    "VLLM_WORKER_MULTIPROC_METHOD": "spawn",
}
"""Variables for the engine's processes; the env's own win."""

BLANK_SIDE_PX = 56

ADVICE = (
    "Raise params.max_model_len or params.max_pages, lower the task's max_pixels, "
    "or send fewer pages"
)


@dataclass(frozen=True)
class Prepared:
    """A request as the engine takes it."""

    request: Request
    rendered: Any
    image_tokens: int
    preprocess_s: float


class Vllm(Backend, Engine):
    """Any model of vLLM that has a chat template.

    Params: `dtype` (`auto`: the checkpoint's), `max_model_len` (tokens of prompt, pages and answer;
    0 leaves the model's own), `max_num_seqs` (requests the engine works on at once), `max_pages`
    (of one request), `max_new_tokens` (a ceiling for every task; 0 leaves the task's),
    `gpu_memory_utilization` (share of the GPU's memory), `kv_cache_gib` (0: what that share leaves;
    say it on a CPU), `tensor_parallel_size`, `engine` (further arguments of vLLM's `LLM`).
    """

    def __init__(self) -> None:
        self._taken: Dict[str, Prepared] = {}

    def load(self, job: LoadJob, progress: Progress) -> Dict[str, str]:
        """Start the engine; return versions, dtype, attention backend and the room for tokens."""
        params = checked_params(job.params, DEFAULTS)
        arguments = vllm_arguments(params, job)
        for name, value in PROCESSES.items():
            os.environ.setdefault(name, value)
        progress("import vllm", 0, 2)
        import vllm

        self._engine, self._printed = start(lambda: vllm.LLM(**arguments).llm_engine, progress)
        self._ceiling = params["max_new_tokens"]
        self.window = params["max_num_seqs"] + IN_PREPARATION
        # A checkpoint without a chat template shows here, not at the first of many requests.
        self._render(Request("", "What is written here?", "", ()))
        self.places_pages = self._keeps_order()
        return facts_of(self._engine.vllm_config)

    def serve(self, feed: "Feed") -> None:
        """Keep every request in the engine that came."""
        InFlight(self, feed).serve()

    def close(self) -> None:
        """End the engine's processes."""
        self._engine.engine_core.shutdown()

    def prepare(self, request: Request) -> Prepared:
        """The request through the model's chat template and processor.

        Raises:
            RequestTooLargeError: the model takes less.
        """
        from vllm.exceptions import VLLMClientError

        started = time.monotonic()
        try:
            rendered = self._render(request)
        except VLLMClientError as error:
            raise refusal(error, ADVICE) from error
        places = rendered.get("mm_placeholders", {}).get("image", ())
        image_tokens = sum(place.get_num_embeds() for place in places)
        return Prepared(request, rendered, image_tokens, time.monotonic() - started)

    def admit(self, prepared: Prepared) -> Optional[Exception]:
        """Hand it to the engine, which may refuse it."""
        from vllm.exceptions import VLLMClientError
        from vllm.sampling_params import RequestOutputKind, SamplingParams

        generation = prepared.request.generation
        wanted = sampling(generation, self._ceiling, length="max_tokens", seed="seed")
        try:
            how = SamplingParams(**wanted, output_kind=RequestOutputKind.FINAL_ONLY)
            self._engine.add_request(prepared.request.id, prepared.rendered, how)
        except (ValueError, VLLMClientError) as error:
            return refusal(error, ADVICE)
        self._taken[prepared.request.id] = prepared
        return None

    def abort(self, request_id: str) -> None:
        """Take it out of the engine."""
        self._engine.abort_request([request_id])
        del self._taken[request_id]

    def step(self) -> Iterator[Tuple[str, Result]]:
        """Let the engine write the next token of each answer; yield those that are complete."""
        from vllm.v1.engine.exceptions import EngineDeadError

        try:
            outputs = self._engine.step()
        except EngineDeadError as error:
            raise self._printed.failure(error) from error
        for output in outputs:
            if output.finished and output.request_id in self._taken:
                yield output.request_id, reply(self._taken.pop(output.request_id), output)

    def _render(self, request: Request) -> Any:
        from vllm.renderers import ChatParams

        renderer = self._engine.renderer
        pixels = pixel_limits(request.generation)
        parts = placed.parts(request, places=self.places_pages)
        _, (rendered,) = renderer.render_chat(
            [conversation(request.system_prompt, parts, as_picture)],
            ChatParams(
                chat_template_kwargs={"add_generation_prompt": True, "tokenize": False},
                mm_processor_kwargs=pixels or None,
            ),
            # The template has written the special tokens already.
            renderer.default_chat_tok_params.with_kwargs(add_special_tokens=False),
            prompt_extras={"mm_processor_kwargs": pixels} if pixels else None,
        )
        return rendered

    def _keeps_order(self) -> bool:
        """Whether a page stays behind the words it stands behind.

        Not where the template writes all pages first, nor where it takes plain text, before which
        vLLM puts them itself.
        """
        from vllm.exceptions import VLLMClientError

        self.places_pages = True
        try:
            places = [
                self._render(Request("", prompt, "", (blank_page(),), page_marks=True))[
                    "mm_placeholders"
                ]["image"][0].offset
                for prompt in ("<image 1> Read this.", "Read this. <image 1>")
            ]
        except (ValueError, VLLMClientError):
            return False  # it takes no page, or none of this size
        return bool(places[0] < places[1])


def as_picture(page: Page) -> Dict[str, Any]:
    """The page as vLLM takes it in a message."""
    return {"type": "image_pil", "image_pil": open_page(page)}


def blank_page() -> Page:
    """A white page."""
    from PIL import Image

    written = io.BytesIO()
    Image.new("RGB", (BLANK_SIDE_PX, BLANK_SIDE_PX), "white").save(written, "PNG")
    return Page("", content=memoryview(written.getvalue()))


def vllm_arguments(params: Dict[str, Any], job: LoadJob) -> Dict[str, Any]:
    """The arguments of vLLM's `LLM`."""
    fixed = {
        "model": job.weights,
        "seed": job.seed,
        "limit_mm_per_prompt": {"image": params["max_pages"], "video": 0},
        # A request that is refused after it was prepared leaves its pages in the front end's half
        # of this cache alone, and every later request with one of them fails.
        "mm_processor_cache_gb": 0,
        "disable_log_stats": False,  # the times of each request come with them
    }
    if params["kv_cache_gib"]:
        fixed["kv_cache_memory_bytes"] = int(params["kv_cache_gib"] * 2**30)
    return engine_arguments(params, job, NAMES, **fixed)


def pixel_limits(generation: Generation) -> Dict[str, int]:
    """What the model's processor is told about the size of pages; empty leaves its own."""
    limits = {"min_pixels": generation.min_pixels, "max_pixels": generation.max_pixels}
    return {name: limit for name, limit in limits.items() if limit is not None}


def reply(prepared: Prepared, output: Any) -> Result:
    """What the engine wrote; times count from when it took the request up."""
    written = output.outputs[0]
    failure = given_up(written.finish_reason)
    if failure is not None:
        return failure
    times = output.metrics
    return Reply(
        written.text.strip(),
        finish_reason=written.finish_reason,
        prompt_tokens=len(output.prompt_token_ids) - prepared.image_tokens,
        image_tokens=prepared.image_tokens,
        completion_tokens=len(written.token_ids),
        preprocess_s=prepared.preprocess_s,
        first_token_s=times.first_token_ts - times.scheduled_ts,
        generate_s=times.last_token_ts - times.scheduled_ts,
    )
