"""What a request is charged with, and what it fails for. Pure."""

from vlmhb.domain.answer import UNREADABLE, ErrorInfo, FailedAnswer, FailureReason
from vlmhb.domain.run import Request
from vlmhb.domain.sample import UnreadablePage
from vlmhb.domain.trouble import Trouble, TroubleKind
from vlmhb.schedule.commands import NoteTrouble
from vlmhb.schedule.events import WorkerGone
from vlmhb.schedule.standing import Standing

FAILURES = {
    TroubleKind.STRIKE: (FailureReason.WORKER_DIED, "WorkerDied"),
    TroubleKind.KILL: (FailureReason.WORKER_DIED, "WorkerKilled"),
    TroubleKind.SILENCE: (FailureReason.TIMEOUT, "Timeout"),
    TroubleKind.MEMORY: (FailureReason.OOM, "HostMemory"),
}
"""What a request has failed for, and the name of the error."""


def note(kind: TroubleKind, model: str, ids: tuple[str, ...], cause: str = "") -> NoteTrouble:
    """The command that keeps it."""
    return NoteTrouble(Trouble(kind, model, ids, cause))


def kind_of(event: WorkerGone, *, silent: bool) -> TroubleKind:
    """What a death says of a request that was alone."""
    if silent:
        return TroubleKind.SILENCE
    if event.out_of_memory:
        return TroubleKind.MEMORY
    return TroubleKind.STRIKE if event.by_itself else TroubleKind.KILL


def refusal(request: Request, standing: Standing) -> FailedAnswer | None:
    """The failure of a request that ended the run too often; None for any other."""
    why = standing.refused.get(request.id)
    if why is None:
        return None
    return FailedAnswer(request.id, FailureReason.WORKER_DIED, ErrorInfo("RunKilled", why))


def unreadable(request: Request) -> FailedAnswer | None:
    """The failure of a request with a page that is no picture; None for any other."""
    for page in request.pages:
        if isinstance(page, UnreadablePage):
            error = ErrorInfo(UNREADABLE, f"{page.path}: {page.problem}")
            return FailedAnswer(request.id, FailureReason.INPUT_ERROR, error)
    return None
