"""LLaVA-1.5 through transformers 4.36 to 4.37, where the model puts the image into the text."""

import os
import time
from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import Any, Dict, Iterator, List, Sequence, Tuple, Union

from vlmhb_worker.backend import Backend, LoadJob, PageError, Progress, Reply, Request
from vlmhb_worker.backends import tiny_llava
from vlmhb_worker.backends.page_engine import checked_params, sha256_of
from vlmhb_worker.backends.pages import open_page

IMAGE = "<image>"
TINY = "tiny-random"

KEPT_PAGES = 32
"""Pages whose pixels stay at hand: a document is asked many questions in a row."""

DEFAULTS: Dict[str, Any] = {
    "checkpoint": "",
    "device": "auto",
    "dtype": "auto",
    "batch_size": 1,
    "max_new_tokens": 0,
    "threads": 0,
}


@dataclass(frozen=True)
class Settings:
    """How to write an answer; requests that differ in it cannot share a batch."""

    max_new_tokens: int
    temperature: float
    top_p: float
    seed: int
    stop: Tuple[str, ...]
    images: int

    @property
    def is_sampled(self) -> bool:
        """Whether chance has a say; then batch mates would change each other's answers."""
        return self.temperature > 0


@dataclass(frozen=True)
class Prepared:
    """A request as the model takes it."""

    id: str
    text: str
    pixels: Tuple[Any, ...]
    settings: Settings
    preprocess_s: float


class TransformersLlava(Backend):
    """LlavaForConditionalGeneration with the prompt format of LLaVA-1.5.

    Params: `checkpoint` (folder, or `tiny-random`), `device` (`auto` takes a GPU if there is one),
    `dtype` (`auto`: float16 on a GPU, else float32), `batch_size`, `max_new_tokens` (a ceiling for
    every task; 0 leaves the task's), `threads` (0 leaves torch's choice).
    """

    def load(self, job: LoadJob, progress: Progress) -> Dict[str, str]:
        """Load model and processor; return versions, device, dtype and the weights' sha256."""
        progress("import torch and transformers", 0, 3)
        import torch
        import transformers

        params = checked_params(job.params, DEFAULTS)
        transformers.logging.set_verbosity_error()
        if params["threads"]:
            torch.set_num_threads(params["threads"])
        checkpoint = params["checkpoint"]
        if checkpoint == TINY:
            progress("build the checkpoint", 1, 3)
            checkpoint = os.path.join(job.scratch, "tiny-llava")
            tiny_llava.build(checkpoint)
        if not os.path.isdir(checkpoint):
            raise FileNotFoundError(f"no checkpoint folder at {checkpoint!r}")

        progress("load the weights", 2, 3)
        self._device = _device(params["device"])
        dtype = _dtype(params["dtype"], self._device)
        self._model = (
            transformers.LlavaForConditionalGeneration.from_pretrained(
                checkpoint, torch_dtype=dtype, local_files_only=True
            )
            .eval()
            .to(self._device)
        )
        processor = transformers.AutoProcessor.from_pretrained(checkpoint, local_files_only=True)
        self._tokenizer = processor.tokenizer
        self._tokenizer.padding_side = "left"
        self._image_processor = processor.image_processor
        vision = self._model.config.vision_config
        self._patches = (vision.image_size // vision.patch_size) ** 2
        self._ceiling = params["max_new_tokens"]
        self._pages: OrderedDict[str, Any] = OrderedDict()
        self.batch_size = params["batch_size"]
        return {
            "torch": torch.__version__,
            "transformers": transformers.__version__,
            "device": self._device,
            "dtype": str(dtype),
            **_digests(checkpoint),
        }

    def answer(self, request: Request) -> Reply:
        """Answer one request."""
        return self._generate([self._prepare(request)])[0]

    def answer_batch(
        self, requests: List[Request]
    ) -> Iterator[Tuple[str, Union[Reply, Exception]]]:
        """Answer the requests that can share a batch together; the answers are the same."""
        groups: Dict[Any, List[Prepared]] = {}
        for request in requests:
            try:
                prepared = self._prepare(request)
            except (PageError, ValueError) as error:
                yield request.id, error
                continue
            alone = request.id if prepared.settings.is_sampled else ""
            groups.setdefault((prepared.settings, alone), []).append(prepared)
        for group in groups.values():
            for prepared, reply in zip(group, self._generate(group)):
                yield prepared.id, reply

    def _prepare(self, request: Request) -> Prepared:
        started = time.monotonic()
        pixels = tuple(self._pixels(path) for path in request.images)
        return Prepared(
            id=request.id,
            text=prompt_text(request.system_prompt, request.prompt, len(pixels)),
            pixels=pixels,
            settings=self._settings(request),
            preprocess_s=time.monotonic() - started,
        )

    def _settings(self, request: Request) -> Settings:
        wanted = request.generation
        max_new_tokens = wanted.get("max_new_tokens", 512)
        return Settings(
            max_new_tokens=min(max_new_tokens, self._ceiling or max_new_tokens),
            temperature=wanted.get("temperature", 0.0),
            top_p=wanted.get("top_p", 1.0),
            seed=wanted.get("seed", 0),
            stop=tuple(wanted.get("stop", ())),
            images=len(request.images),
        )

    def _pixels(self, path: str) -> Any:
        """Tensor of shape (1, 3, side_px, side_px), as the image processor normalises it."""
        if path in self._pages:
            self._pages.move_to_end(path)
            return self._pages[path]
        pixels = self._image_processor(open_page(path), return_tensors="pt")["pixel_values"]
        self._pages[path] = pixels
        if len(self._pages) > KEPT_PAGES:
            self._pages.popitem(last=False)
        return pixels

    def _generate(self, group: Sequence[Prepared]) -> List[Reply]:
        """A reply for each of the group, which shares its settings; times are the whole batch's."""
        import torch

        settings = group[0].settings
        started = time.monotonic()
        inputs = self._tokenizer([one.text for one in group], return_tensors="pt", padding=True)
        inputs = {name: inputs[name].to(self._device) for name in ("input_ids", "attention_mask")}
        if settings.images:
            pixels = torch.cat([page for one in group for page in one.pixels])
            inputs["pixel_values"] = pixels.to(self._device, self._model.dtype)
        tokenized = time.monotonic()
        torch.manual_seed(settings.seed)
        chance = {"temperature": settings.temperature, "top_p": settings.top_p}
        with torch.inference_mode():
            written = self._model.generate(
                **inputs,
                max_new_tokens=settings.max_new_tokens,
                do_sample=settings.is_sampled,
                pad_token_id=self._tokenizer.pad_token_id,
                **(chance if settings.is_sampled else {}),
            )
        answers = written[:, inputs["input_ids"].shape[1] :].tolist()
        generate_s = time.monotonic() - tokenized
        lengths = inputs["attention_mask"].sum(dim=1).tolist()
        return [
            replace(
                self._reply(one, tokens),
                prompt_tokens=length - settings.images,
                preprocess_s=one.preprocess_s + tokenized - started,
                generate_s=generate_s,
            )
            for one, tokens, length in zip(group, answers, lengths)
        ]

    def _reply(self, one: Prepared, tokens: List[int]) -> Reply:
        """The reply that these tokens spell."""
        end = self._tokenizer.eos_token_id
        is_finished = end in tokens
        if is_finished:
            tokens = tokens[: tokens.index(end) + 1]
        text, is_stopped = cut_at(
            self._tokenizer.decode(tokens, skip_special_tokens=True).strip(), one.settings.stop
        )
        return Reply(
            text,
            finish_reason="stop" if is_finished or is_stopped else "length",
            image_tokens=one.settings.images * self._patches,
            completion_tokens=len(tokens),
        )


def prompt_text(system_prompt: str, prompt: str, images: int) -> str:
    """A question in the format that LLaVA-1.5 was trained on.

    Raises:
        ValueError: the text holds the mark that stands for a page.
    """
    if IMAGE in prompt or IMAGE in system_prompt:
        raise ValueError(f"the prompt holds {IMAGE}, which stands for a page")
    system = system_prompt.strip() + " " if system_prompt.strip() else ""
    pages = f"{IMAGE}\n" * images
    return f"{system}USER: {pages}{prompt.strip()} ASSISTANT:"


def cut_at(text: str, stop: Sequence[str]) -> Tuple[str, bool]:
    """(text up to the first stop string in it, whether there was one)."""
    places = [text.find(mark) for mark in stop if mark and mark in text]
    return (text[: min(places)].rstrip(), True) if places else (text, False)


def _device(wanted: str) -> str:
    import torch

    if wanted != "auto":
        return wanted
    return "cuda" if torch.cuda.is_available() else "cpu"


def _dtype(wanted: str, device: str) -> Any:
    import torch

    if wanted == "auto":
        wanted = "float32" if device == "cpu" else "float16"
    return getattr(torch, wanted)


def _digests(checkpoint: str) -> Dict[str, str]:
    """Name and sha256 of every file of the checkpoint that decides an answer."""
    return {
        name: sha256_of(os.path.join(checkpoint, name))
        for name in sorted(os.listdir(checkpoint))
        if name.endswith((".safetensors", ".bin", ".json"))
    }
