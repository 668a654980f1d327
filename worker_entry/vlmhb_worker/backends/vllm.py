"""vLLM's offline engine: all requests are in flight, and it batches them as they come and go."""

import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Dict, Iterator, List, Optional, Tuple

from vlmhb_worker.backend import Backend, Generation, LoadJob, Progress, Reply, Request
from vlmhb_worker.backends.in_flight import Engine, InFlight, Result
from vlmhb_worker.backends.page_engine import checked_params
from vlmhb_worker.backends.pages import open_page
from vlmhb_worker.backends.stderr_copy import StderrCopy

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

PROCESSES = {
    # Sockets get paths relative to this process's folder: absolute ones can be longer than allowed.
    "VLLM_RPC_BASE_PATH": ".",
    "VLLM_HOST_IP": "127.0.0.1",
    # A fork would copy the pipes to the host, and the locks of threads that it does not copy.
    "VLLM_WORKER_MULTIPROC_METHOD": "spawn",
}
"""Variables for the engine's processes; the env's own win."""

IN_PREPARATION = 16
"""Requests beyond the engine's seats, so that a free seat never waits for a page to be decoded."""


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
        arguments = {
            **engine_arguments(params, job.weights, job.seed),
            **params["engine"],
            "trust_remote_code": job.trust_remote_code,
        }
        for name, value in PROCESSES.items():
            os.environ.setdefault(name, value)
        progress("import vllm", 0, 2)
        import vllm

        # Loading goes on as long as the engine's processes print something.
        self._printed = StderrCopy(lambda: progress("start the engine", 1, 2))
        try:
            with self._printed:
                self._engine = vllm.LLM(**arguments).llm_engine
        except RuntimeError as error:
            raise self._printed.failure(error) from error
        self._printed.forget()
        self._ceiling = params["max_new_tokens"]
        self.window = params["max_num_seqs"] + IN_PREPARATION
        # A checkpoint without a chat template shows here, not at the first of many requests.
        self._render(Request("", "What is written here?", "", ()))
        return self._facts()

    def serve(self, feed: "Feed") -> None:
        """Keep every request in the engine that came."""
        InFlight(self, feed).serve()

    def close(self) -> None:
        """End the engine's processes."""
        self._engine.engine_core.shutdown()

    def prepare(self, request: Request) -> Prepared:
        """The request through the model's chat template and processor."""
        started = time.monotonic()
        rendered = self._render(request)
        places = rendered.get("mm_placeholders", {}).get("image", ())
        image_tokens = sum(place.get_num_embeds() for place in places)
        return Prepared(request, rendered, image_tokens, time.monotonic() - started)

    def admit(self, prepared: Prepared) -> Optional[Exception]:
        """Hand it to the engine; the refusal of a prompt that is too long, for one."""
        from vllm.exceptions import VLLMClientError
        from vllm.sampling_params import RequestOutputKind, SamplingParams

        wanted = sampling(prepared.request.generation, self._ceiling)
        try:
            how = SamplingParams(**wanted, output_kind=RequestOutputKind.FINAL_ONLY)
            self._engine.add_request(prepared.request.id, prepared.rendered, how)
        except (ValueError, VLLMClientError) as error:
            return error
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
        _, (rendered,) = renderer.render_chat(
            [conversation(request)],
            ChatParams(
                chat_template_kwargs={"add_generation_prompt": True, "tokenize": False},
                mm_processor_kwargs=pixels or None,
            ),
            # The template has written the special tokens already.
            renderer.default_chat_tok_params.with_kwargs(add_special_tokens=False),
            prompt_extras={"mm_processor_kwargs": pixels} if pixels else None,
        )
        return rendered

    def _facts(self) -> Dict[str, str]:
        import torch
        import transformers
        import vllm

        config = self._engine.vllm_config
        model, cache = config.model_config, config.cache_config
        return {
            "vllm": vllm.__version__,
            "torch": torch.__version__,
            "transformers": transformers.__version__,
            "device": str(config.device_config.device_type),
            "dtype": str(model.dtype),
            "quantization": str(model.quantization or "none"),
            "attention": attention_backend(config),
            "max_model_len": str(model.max_model_len),
            "max_num_seqs": str(config.scheduler_config.max_num_seqs),
            "kv_cache_tokens": str((cache.num_gpu_blocks or 0) * cache.block_size),
            "kv_cache_dtype": str(cache.cache_dtype),
            "prefix_caching": str(cache.enable_prefix_caching),
            "tensor_parallel_size": str(config.parallel_config.tensor_parallel_size),
        }


def engine_arguments(params: Dict[str, Any], weights: str, seed: int) -> Dict[str, Any]:
    """The arguments of vLLM's `LLM` that follow from the params."""
    arguments = {
        "model": weights,
        "dtype": params["dtype"],
        "seed": seed,
        "max_num_seqs": params["max_num_seqs"],
        "gpu_memory_utilization": params["gpu_memory_utilization"],
        "tensor_parallel_size": params["tensor_parallel_size"],
        "limit_mm_per_prompt": {"image": params["max_pages"], "video": 0},
        "disable_log_stats": False,  # the times of each request come with them
    }
    if params["max_model_len"]:
        arguments["max_model_len"] = params["max_model_len"]
    if params["kv_cache_gib"]:
        arguments["kv_cache_memory_bytes"] = int(params["kv_cache_gib"] * 2**30)
    return arguments


def conversation(request: Request) -> List[Dict[str, Any]]:
    """The messages that ask it: all pages, then the prompt.

    Raises:
        PageError: a page cannot be decoded.
    """
    content: List[Dict[str, Any]] = [
        {"type": "image_pil", "image_pil": open_page(page)} for page in request.pages
    ]
    content.append({"type": "text", "text": request.prompt})
    messages: List[Dict[str, Any]] = [{"role": "user", "content": content}]
    if request.system_prompt.strip():
        messages.insert(0, {"role": "system", "content": request.system_prompt})
    return messages


def pixel_limits(generation: Generation) -> Dict[str, int]:
    """What the model's processor is told about the size of pages; empty leaves its own."""
    limits = {"min_pixels": generation.min_pixels, "max_pixels": generation.max_pixels}
    return {name: limit for name, limit in limits.items() if limit is not None}


def sampling(generation: Generation, ceiling: int) -> Dict[str, Any]:
    """How to write the answer, in vLLM's words; `ceiling` 0 is none."""
    longest = generation.max_new_tokens
    return {
        "max_tokens": min(longest, ceiling or longest),
        "temperature": generation.temperature,
        "top_p": generation.top_p,
        "seed": generation.seed,
        "stop": [mark for mark in generation.stop if mark],
    }


def reply(prepared: Prepared, output: Any) -> Result:
    """What the engine wrote; times count from when it took the request up."""
    written = output.outputs[0]
    if written.finish_reason not in ("stop", "length"):
        return RuntimeError(f"the engine gave the request up: {written.finish_reason}")
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


def attention_backend(config: Any) -> str:
    """The name of the attention that the engine chose for the language model."""
    from vllm.config import set_current_vllm_config
    from vllm.v1.attention.selector import get_attn_backend

    model = config.model_config
    with set_current_vllm_config(config):
        backend = get_attn_backend(
            model.get_head_size(), model.dtype, config.cache_config.cache_dtype
        )
    return str(backend.get_name())
