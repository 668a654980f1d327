"""How the end of a worker is told, by who is left and who follows."""

import pytest

from tests.build import answer
from vlmhb.domain.trouble import Trouble, TroubleKind
from vlmhb.schedule import commands, events, progress
from vlmhb.schedule.progress import Progress
from vlmhb.schedule.telling import WorkerEnds, shown_of

AGAIN = commands.StartWorker("m", "m", ("cpu-1",))
OTHER = commands.StartWorker("m", "m#2", ("cpu-2",))


def gone(*, is_planned: bool = False, in_order: bool = False) -> events.WorkerGone:
    return events.WorkerGone("m", "why", by_itself=True, is_planned=is_planned, in_order=in_order)


def told(event: events.Event, *wanted: commands.Command, beside: bool = False) -> list[Progress]:
    """Of a model with a worker, and maybe another one."""
    ends = WorkerEnds()
    for start in (AGAIN, OTHER) if beside else (AGAIN,):
        ends.note(start)
    return list(ends.told(event, wanted))


def test_a_worker_with_a_successor_was_lost_or_made_room_for_it():
    assert [progress.WorkerLost("m", "m", "why")] == told(gone(), AGAIN)
    assert [progress.WorkerReplaced("m", "m", "why")] == told(gone(is_planned=True), AGAIN)


def test_one_without_a_successor_left_the_others_and_why_if_something_was_the_matter():
    assert [progress.WorkerLeft("m", "m", "why")] == told(gone(), beside=True)
    assert [progress.WorkerLeft("m", "m", "why")] == told(gone(), OTHER, beside=True)
    assert [progress.WorkerLeft("m", "m", "")] == told(gone(in_order=True), beside=True)


def test_the_last_worker_of_a_model_ends_without_a_word():
    assert [] == told(gone())


@pytest.mark.parametrize(
    "event",
    [
        events.SlotsBusy("m#2"),
        events.SlotRefused("m#2", "cpu-2", "full"),
        events.HostFull("m#2"),
        events.StartRefused("m#2", "no such Python"),
    ],
    ids=lambda event: type(event).__name__,
)
def test_one_that_was_not_started_is_none_that_goes_on(event: events.Event):
    ends = WorkerEnds()
    for start in (AGAIN, OTHER):
        ends.note(start)

    assert [] == list(ends.told(event, ()))
    assert [] == list(ends.told(gone(), ()))


def test_what_is_kept_and_who_is_given_up_is_shown():
    trouble = Trouble(TroubleKind.STRIKE, "m", ("r1",), "SIGSEGV")

    assert [
        progress.Answered("m", answer()),
        progress.Troubled(trouble),
        progress.GaveUp("m", "why", "printed"),
        None,
    ] == [
        shown_of(commands.Record("m", answer())),
        shown_of(commands.NoteTrouble(trouble)),
        shown_of(commands.GiveUp("m", "why", "printed")),
        shown_of(AGAIN),
    ]
