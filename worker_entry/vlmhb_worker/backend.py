"""What a backend is: the one class to write for a new way of running a model."""

from dataclasses import dataclass, field
from typing import Any, Callable, Dict, Iterator, List, Optional, Sequence, Tuple, Union

Progress = Callable[[str, int, int], None]
"""`progress(stage, done, total)`; each call starts the host's load deadline again."""


class PageError(Exception):
    """A page cannot be decoded: the input is at fault, not the model."""


@dataclass(frozen=True)
class Request:
    """One question about some pages."""

    id: str
    prompt: str
    system_prompt: str
    images: Sequence[str]
    """Absolute paths of the pages, in reading order."""
    generation: Dict[str, Any] = field(default_factory=dict)
    """max_new_tokens, temperature, top_p, seed, stop."""


@dataclass(frozen=True)
class Reply:
    """What the model wrote. None means not measured."""

    text: str
    finish_reason: str = "stop"
    """`stop`, or `length` when it reached max_new_tokens."""
    prompt_tokens: Optional[int] = None
    image_tokens: Optional[int] = None
    completion_tokens: Optional[int] = None
    preprocess_s: Optional[float] = None
    first_token_s: Optional[float] = None
    generate_s: Optional[float] = None


@dataclass(frozen=True)
class LoadJob:
    """What a backend is told before it loads its model."""

    params: Dict[str, Any]
    """The model file's `params`, as written there."""
    scratch: str
    """A folder of this worker's own, deleted after it."""
    seed: int


class Backend:
    """A model, loaded once and asked many times.

    Subclasses import their libraries inside methods, never at the top of their module: an import
    that fails must become an answer to `load`, with its traceback.
    """

    batch_size = 1
    """How many requests `answer_batch` gets at most. Set it in `load` when it depends on memory."""

    window = 0
    """How many requests it wants to know of at a time; never less than two batches."""

    def load(self, job: LoadJob, progress: Progress) -> Dict[str, str]:
        """Make the model ready; return facts worth recording (versions, device, dtype)."""
        raise NotImplementedError

    def answer(self, request: Request) -> Reply:
        """Answer one request.

        Raises:
            PageError: a page cannot be decoded.
        """
        raise NotImplementedError

    def answer_batch(
        self, requests: List[Request]
    ) -> Iterator[Tuple[str, Union[Reply, Exception]]]:
        """Yield (request id, reply or failure) for each request, as soon as each is known."""
        for request in requests:
            try:
                yield request.id, self.answer(request)
            except Exception as error:  # noqa: BLE001 - a model may raise anything; it becomes data
                yield request.id, error
