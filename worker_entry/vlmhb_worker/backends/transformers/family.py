"""What a model family is: the one class to write for models that are asked in a way of their own.

A family knows four things, and nothing about queues, memory or batch sizes:

1. `load`     makes model and processor out of a checkpoint folder;
2. `prepare`  turns one request into what the model takes, on the CPU;
3. `write`    lets the model write the answers to a batch of prepared requests;
4. `batches`  whether that batch may hold more than one.

Who calls it: `load` in the main thread, once per attention kernel that is tried, so it sets
everything anew. `prepare` in a thread of its own, one request at a time, while the model writes.
`write` in the main thread, under `torch.inference_mode()`.

A family whose model takes tensors derives from `families.chat_template.ChatTemplateFamily`, which
does 2 and 3 for whatever a processor makes. A family whose code comes with the weights and answers
through a method such as `model.chat` derives from `Family` itself, sets `batches = False` and does

    def load(self, checkpoint):
        import transformers

        self.tokenizer = checkpoint.load_other(transformers.AutoTokenizer)
        self.model = checkpoint.load_model(transformers.AutoModelForCausalLM)

    def prepare(self, request):
        pages = [page_file(page, self.checkpoint.scratch) for page in request.pages]
        return Prepared(inputs={"query": ..., "system": ...}, prompt_tokens=..., image_tokens=...)

    def write(self, batch, settings, watch):
        [one] = batch
        with generate.watched(self.model, settings, watch):
            text, _ = self.model.chat(self.tokenizer, **one.inputs)
        return [text]

`generate.watched` sees to it that every `model.generate` below follows the settings, and that the
`watch` sees each token: it stops at the stop strings, notices a cancel, times the first token and
counts the tokens. If the language model is a part of `self.model`, give that part to `watched`, and
leave the texts to `self.tokenizer.decode(watch.tokens(0))` where `chat` alters them.

Failures: raise `PageError` for a page that cannot be used, ValueError for a request that this
model cannot be asked (too many pages, a prompt with the model's image mark in it), and let
everything else through: what it means (memory, device, model) is decided by the backend.
"""

from dataclasses import dataclass
from typing import Any, Dict, Hashable, List, Optional, Sequence, Tuple

from vlmhb_worker.backend import Request

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vlmhb_worker.backends.transformers.checkpoint import Checkpoint
    from vlmhb_worker.backends.transformers.watch import Watch


@dataclass(frozen=True)
class Settings:
    """How answers are written; requests that differ in it cannot share a batch."""

    max_new_tokens: int
    temperature: float = 0.0
    top_p: float = 1.0
    seed: int = 0
    stop: Tuple[str, ...] = ()

    @property
    def is_sampled(self) -> bool:
        """Whether chance has a say; then batch mates would change each other's answers."""
        return self.temperature > 0

    def options(self) -> Dict[str, Any]:
        """The keyword arguments of `generate` that say the same; the stop strings are the watch's.

        What the checkpoint's own generation_config says about sampling has been taken out of
        `model.generation_config` before the first call.
        """
        options = {"max_new_tokens": self.max_new_tokens, "do_sample": self.is_sampled}
        if self.is_sampled:
            options.update(temperature=self.temperature, top_p=self.top_p, top_k=0)
        return options


@dataclass(frozen=True)
class Prepared:
    """A request as its model takes it, on the CPU."""

    inputs: Dict[str, Any]
    """What `write` needs. For tensors: the first dimension counts rows (1) or pictures."""
    length: int = 0
    """Positions that prompt and pages take in the language model: what batches are sorted by."""
    prompt_tokens: Optional[int] = None
    """Without the image tokens; None when the model's code does not tell."""
    image_tokens: Optional[int] = None
    """Positions that the pages take."""
    pixels: int = 0
    """Of the largest page, as it is shown to the model: what is halved when memory runs out."""
    key: Hashable = ()
    """Requests with different keys never share a batch."""
    size_bytes: int = 0
    """What it occupies while it waits."""


class Family:
    """How the models of one family are loaded, asked and read."""

    batches = True
    """Whether `write` takes several requests at once. Their texts must then be what `decode` makes
    of `watch.tokens(row)`: an answer is sent as soon as its row ends, while others go on."""

    places_pages = False
    """Whether `prepare` puts pages where the request's marks place them; `load` may set it."""

    model: Any
    """Set by `load`: the module whose `generate` writes, in eval mode, on its device."""

    tokenizer: Any
    """Set by `load`."""

    def __init__(self) -> None:
        self.facts: Dict[str, str] = {}
        """What is worth recording beside versions, device and digests; filled by `load`."""

    def load(self, checkpoint: "Checkpoint") -> None:
        """Set `model`, `tokenizer` and whatever `prepare` and `write` need.

        Raises:
            Whatever the library raises; ValueError when the checkpoint is of another family.
        """
        raise NotImplementedError

    def prepare(self, request: Request) -> Prepared:
        """The request as the model takes it: pages decoded and scaled, text made of the prompt.

        `request.generation.min_pixels` and `max_pixels` bound every page where the model can scale
        its pages. Called again with a smaller `max_pixels` when memory ran out.

        Raises:
            PageError: a page cannot be decoded.
            ValueError: this model cannot be asked so.
        """
        raise NotImplementedError

    def write(self, batch: Sequence[Prepared], settings: Settings, watch: "Watch") -> List[str]:
        """The answers in the order of the batch, special tokens left out, not yet cut at stops."""
        raise NotImplementedError

    def decode(self, tokens: List[int]) -> str:
        """The text that these tokens spell, with every space where the model put it.

        Called in the main thread, so that `prepare` must not use the same tokenizer at the time.
        """
        text = self.tokenizer.decode(
            tokens, skip_special_tokens=True, clean_up_tokenization_spaces=False
        )
        return str(text).strip()
