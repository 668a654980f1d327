"""How a request, a worker and a model come to their end. Pure."""

from dataclasses import replace

from vlmhb.domain.answer import Outcome
from vlmhb.schedule.commands import Command, GiveUp, Record, StopWorker
from vlmhb.schedule.hand import Hand
from vlmhb.schedule.work import Work


def record(work: Work, outcome: Outcome) -> list[Command]:
    """A request has its outcome; one more that failed may end its model."""
    attempt = work.sent[outcome.request_id]
    faults = work.faults.get(outcome.request_id, 0)
    recorded = Record(work.model, replace(outcome, attempt=attempt, faults=faults))
    work.tally.add(outcome)
    # With nothing left to send, a model that was given up would lack nothing, and never end.
    too_many = work.tally.problem if work.has_work else ""
    return [recorded, *(give_up(work, too_many) if too_many else [])]


def stop_if_done(work: Work, hand: Hand) -> list[Command]:
    """End a worker that owes nothing, and that nothing more is for."""
    is_wanted = work.has_work_for(hand) and not (hand.replaced or hand.leaving)
    if hand.stopping or hand.outstanding or is_wanted:
        return []
    hand.stopping = True
    return [StopWorker(hand.worker)]


def stop_idle(work: Work) -> list[Command]:
    """End the workers that would be loaded for nothing."""
    loading = [hand for hand in work.hands.values() if not hand.loaded]
    return [command for hand in loading for command in stop_if_done(work, hand)]


def give_up(work: Work, reason: str, printed: str = "") -> list[Command]:
    """Ask nothing more of a model."""
    work.drop_all()
    if work.given_up:  # its env and its weights may both be out of reach: one reason is enough
        return []
    work.given_up = True
    return [GiveUp(work.model, reason, printed), *stop_idle(work)]
