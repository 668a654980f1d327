"""What a display says of a step."""

from vlmhb.cli.progress.wording import news
from vlmhb.schedule.progress import WorkerReplaced


def test_a_worker_that_made_room_is_not_lost():
    step = WorkerReplaced("m", "its memory grew")

    assert "m: its memory grew; going on with another worker" == news(step)
