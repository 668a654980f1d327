"""What a worker's death means for the requests that it had. Pure.

When a worker dies, all requests that it had not answered are suspects. They are asked again before
any other, alone in their worker; more than `ALONE_AT_MOST` of them in groups first, and one that
kills its worker one by one. A request that was alone when its worker died by itself gets a strike,
and fails after `MAX_STRIKES`. One that was alone and silent too long has timed out, one that was
alone when the kernel took the memory back failed for that; both only when they were asked alone on
purpose. Once one has failed, the other suspects of the same death are requests like any.

A worker killed from outside earns nobody a strike. A request that was alone then is accused: it
waits until all others are done. It fails after `MAX_KILLS` in a row: a machine that runs out of
memory may kill from outside, and not tell. Whoever kills at random hits others in between.
`schedule.standing` says what follows when the run itself is killed.

What it costs. A request that kills its worker has failed after 1 + `MAX_STRIKES` deaths, one more
where it had more than `ALONE_AT_MOST` others beside it.
"""

from collections.abc import Sequence

from vlmhb.domain.answer import ErrorInfo, FailedAnswer
from vlmhb.domain.run import Request
from vlmhb.domain.trouble import TroubleKind
from vlmhb.schedule.charges import FAILURES, kind_of, note
from vlmhb.schedule.commands import Command
from vlmhb.schedule.endings import give_up, record
from vlmhb.schedule.events import WorkerGone
from vlmhb.schedule.hand import Hand
from vlmhb.schedule.slots import Slots
from vlmhb.schedule.unloaded import failed_start, note_lost_load, unloadable
from vlmhb.schedule.work import Work

MAX_STRIKES = 3
MAX_KILLS = 5


def settle_death(
    event: WorkerGone, work: Work, hand: Hand, slots: Slots, *, is_stopped: bool
) -> list[Command]:
    """What follows for the requests that the worker had, and for its model.

    `is_stopped` tells that the run is being ended: then a death says nothing.
    """
    lost = list(hand.outstanding.values())
    was_ending, hand.stopping = hand.stopping, True
    if hand.load_error:
        return unloadable(event, work, hand, slots)
    if work.given_up:
        return []
    if is_stopped or (was_ending and not lost and not hand.silent):
        work.suspect(lost, hand)
        return []
    if not hand.loaded and (event.by_itself or hand.silent):
        return failed_start(event, work, hand, slots)
    if work.restarts_left == 0:
        return give_up(work, f"restarted too often; last: {event.reason}", event.printed)
    work.restarts_left -= 1
    work.spent += 1
    if not hand.loaded:
        note_lost_load(event, work, hand, slots)
    return _blame(event, lost, work, hand)


def _blame(event: WorkerGone, lost: Sequence[Request], work: Work, hand: Hand) -> list[Command]:
    """Charge the death to the request it can only have been, or look for it among `lost`."""
    kind = kind_of(event, silent=hand.silent)
    in_a_row = work.note_kill(lost) if kind is TroubleKind.KILL else 0
    if len(lost) != 1:
        work.suspect(lost, hand)
        ids = tuple(request.id for request in lost)
        return [note(TroubleKind.SUSPECTS, work.model, ids, event.reason)] if ids else []
    (request,) = lost
    noted = note(kind, work.model, (request.id,), event.reason)
    if _is_sure(kind, request, in_a_row, work, hand):
        kept = MAX_KILLS if kind is TroubleKind.KILL else 0
        work.restarts_left += max(0, work.spent - kept)
        work.spent = 0
        work.clear_suspects(request, hand)
        reason, what = FAILURES[kind]
        error = ErrorInfo(what, event.reason, event.printed)
        return [noted, *record(work, FailedAnswer(request.id, reason, error))]
    if kind is TroubleKind.KILL:
        work.accuse(request, hand)
    else:
        work.suspect(lost, hand)
    return [noted]


def _is_sure(kind: TroubleKind, request: Request, kills: int, work: Work, hand: Hand) -> bool:
    """Note what a request did that was alone; whether it is beyond doubt that it did it."""
    if kind is TroubleKind.KILL:
        return kills >= MAX_KILLS
    work.faults[request.id] = work.faults.get(request.id, 0) + 1
    if kind is TroubleKind.STRIKE:
        work.strikes[request.id] = work.strikes.get(request.id, 0) + 1
        return work.strikes[request.id] >= MAX_STRIKES
    # Not at once: it may have waited in the worker behind one that was slow or large.
    return hand.is_alone
