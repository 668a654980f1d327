"""What came back for a request: an answer, or the reason there is none."""

from dataclasses import dataclass
from enum import Enum


class FinishReason(str, Enum):
    """Why a model stopped writing."""

    STOP = "stop"
    LENGTH = "length"
    """It reached `max_new_tokens`: the answer is cut."""


class FailureReason(str, Enum):
    """Why there is no answer. A closed list; each one is counted in the report."""

    TIMEOUT = "timeout"
    OOM = "oom"
    WORKER_DIED = "worker_died"
    INVALID_REPLY = "invalid_reply"
    INPUT_ERROR = "input_error"
    """The page cannot be decoded."""
    MODEL_ERROR = "model_error"
    """The model's own code raised an exception."""
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens, where the backend counts them; None means not measured."""

    prompt_tokens: int | None = None
    image_tokens: int | None = None
    completion_tokens: int | None = None


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds measured inside the worker; None means not measured."""

    preprocess_s: float | None = None
    first_token_s: float | None = None
    generate_s: float | None = None

    @property
    def total_s(self) -> float | None:
        """Preprocessing plus generation, None when neither was measured."""
        measured = [part for part in (self.preprocess_s, self.generate_s) if part is not None]
        return sum(measured) if measured else None


@dataclass(frozen=True, slots=True)
class ErrorInfo:
    """An exception that happened in another process, as data."""

    type: str
    message: str
    traceback: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """The texts that a request held."""

    prompt: str
    system_prompt: str
    source: str
    """The set, its version and the rule that gave the prompt, as `Prompt.source`."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a model wrote."""

    request_id: str
    text: str
    finish_reason: FinishReason = FinishReason.STOP
    usage: Usage = Usage()
    timing: Timing = Timing()
    attempt: int = 1
    """How many times the request was sent, 1 for the usual case."""
    faults: int = 0
    """How often it ended or silenced its worker before that, by itself and asked alone."""
    degraded: tuple[str, ...] = ()
    """What was reduced to get it through."""
    full_length_chars: int | None = None
    """Length before `text` was cut to the limit; None when nothing was cut."""
    segment: int | None = None
    """Which start of the run it comes from: a place in run.json's `segments`, counted from 0."""
    asked: Asked | None = None
    """None for models that take no prompt, and in journals from before this was written down."""


UNREADABLE = "UnreadablePage"
"""Type of the error of a request that no model was asked: a page of it is no picture."""
UNDECODABLE = "vlmhb_worker.backend.PageError"
"""Type of the error of a request with a page that the model's worker could not make out."""


@dataclass(frozen=True, slots=True)
class FailedAnswer:
    """Why a request has no answer."""

    request_id: str
    reason: FailureReason
    error: ErrorInfo
    attempt: int = 1
    faults: int = 0
    """As of an answer, and this time."""
    segment: int | None = None
    """As of an answer."""
    asked: Asked | None = None
    """As of an answer."""

    @property
    def is_of_data(self) -> bool:
        """Whether a page is to blame, so that no model has to answer for it."""
        return self.error.type in (UNREADABLE, UNDECODABLE)


Outcome = Answer | FailedAnswer
