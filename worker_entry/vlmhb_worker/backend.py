"""What a backend is: the one class to write for a new way of running a model."""

from dataclasses import dataclass, field
from typing import Any, Callable, Dict, Iterator, List, Optional, Sequence, Tuple, Union

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vlmhb_worker.feed import Feed

Progress = Callable[[str, int, int], None]
"""`progress(stage, done, total)`; each call starts the host's load deadline again."""


class PageError(Exception):
    """A page cannot be decoded: the input is at fault, not the model."""


class PageFileError(PageError):
    """The file of a page cannot be read: it is gone, or its disk is."""


class RequestTooLargeError(PageError):
    """The pages and the prompt are more than the model takes."""


class InvalidReplyError(Exception):
    """What the model returned is no answer."""


class DeviceLostError(Exception):
    """This process can no longer use its device. The host starts another and asks again."""


@dataclass(frozen=True)
class Page:
    """One page of a request: a file, or the bytes of one."""

    sha256: str
    """Of the file's bytes, 64 hex digits."""
    path: str = ""
    """Absolute; empty when the page is no file. There is nothing to be opened when it came as
    bytes: then it only says what the page is called."""
    content: Optional[memoryview] = None
    """The file's bytes, readable until the request is settled; None when it came as a path
    alone."""


@dataclass(frozen=True)
class Generation:
    """How an answer is to be written."""

    max_new_tokens: int = 512
    temperature: float = 0.0
    """0 is greedy decoding."""
    top_p: float = 1.0
    seed: int = 0
    stop: Tuple[str, ...] = ()
    """The answer ends before the first of these."""
    min_pixels: Optional[int] = None
    """Per page, for models that scale pages themselves; None leaves the model's own."""
    max_pixels: Optional[int] = None
    may_shrink: bool = False
    """Whether pages may be shown smaller than asked when memory runs out."""


@dataclass(frozen=True)
class Request:
    """One question about some pages."""

    id: str
    prompt: str
    system_prompt: str
    pages: Sequence[Page]
    """In reading order."""
    generation: Generation = Generation()
    page_marks: bool = False
    """Whether `<image N>` in the prompt says where the N-th page stands: `placed.parts`."""


@dataclass(frozen=True)
class Reply:
    """What the model wrote. None means not measured."""

    text: str
    finish_reason: str = "stop"
    """`stop`, or `length` when it reached max_new_tokens."""
    prompt_tokens: Optional[int] = None
    """Of text; what pages become is counted in `image_tokens`."""
    image_tokens: Optional[int] = None
    completion_tokens: Optional[int] = None
    preprocess_s: Optional[float] = None
    first_token_s: Optional[float] = None
    """From the end of preprocessing."""
    generate_s: Optional[float] = None
    degraded: Tuple[str, ...] = ()
    """What was reduced to get it through, e.g. `batch_size 8 -> 2`."""


@dataclass(frozen=True)
class LoadJob:
    """What a backend is told before it loads its model."""

    params: Dict[str, Any]
    """The model file's `params`, as written there."""
    scratch: str
    """A folder of this worker's own, deleted after it."""
    seed: int
    weights: str = ""
    """The folder with the model's weights; empty for a model that has none."""
    trust_remote_code: bool = False
    """Whether Python code that comes with the weights may run."""
    secrets: Dict[str, str] = field(default_factory=dict)
    """Name -> value of the secrets that the model file names. Never to be shown."""


class Backend:
    """A model, loaded once and asked many times.

    Subclasses import their libraries inside methods, never at the top of their module: an import
    that fails must become an answer to `load`, with its traceback. Most implement `load` and
    `answer`; those that gain from batches `answer_batch`; those with a queue of their own `serve`.
    """

    batch_size = 1
    """How many requests `answer_batch` gets at most. Set it in `load` when it depends on memory."""

    window = 0
    """How many requests it wants to know of at a time; never less than two batches."""

    places_pages = False
    """Whether pages stand where the marks of a request place them. Answers of one that shows them
    first all the same are marked so. Set it in `load` when it depends on the model."""

    def load(self, job: LoadJob, progress: Progress) -> Dict[str, str]:
        """Make the model ready; return facts worth recording (versions, device, dtype)."""
        raise NotImplementedError

    def answer(self, request: Request) -> Reply:
        """Answer one request.

        Raises:
            PageError: a page cannot be decoded.
            DeviceLostError: this process is of no more use.
        """
        raise NotImplementedError

    def answer_batch(
        self, requests: List[Request]
    ) -> Iterator[Tuple[str, Union[Reply, BaseException]]]:
        """Yield (request id, reply or failure) for each request, as soon as each is known."""
        for request in requests:
            try:
                yield request.id, self.answer(request)
            except Exception as error:  # noqa: BLE001 - a model may raise anything; it becomes data
                yield request.id, error

    def serve(self, feed: "Feed") -> None:
        """Settle every request of `feed`, until no more come.

        An exception ends the process, and the host asks another one what is not settled.
        """
        from vlmhb_worker import batch

        batch.serve(self, feed)

    def close(self) -> None:
        """Give back what the end of the process would not; called after `serve` came to its end."""
