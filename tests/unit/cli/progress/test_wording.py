"""What a display says of a step."""

from vlmhb.cli.progress.wording import news
from vlmhb.schedule.progress import WorkerLeft, WorkerLost, WorkerReplaced


def test_a_worker_that_made_room_is_not_lost():
    step = WorkerReplaced("m", "m", "its memory grew")

    assert "m: its memory grew; going on with another worker" == news(step)


def test_a_worker_that_is_lost_is_told_by_its_name():
    step = WorkerLost("m", "m#2", "SIGSEGV")

    assert "m#2: worker lost: SIGSEGV; starting another" == news(step)


def test_a_worker_that_the_others_can_do_without_is_no_news():
    assert "" == news(WorkerLeft("m", "m#2"))
    assert "m#2: worker lost: SIGSEGV; the others go on" == news(WorkerLeft("m", "m#2", "SIGSEGV"))
