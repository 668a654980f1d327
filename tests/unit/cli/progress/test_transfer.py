"""How far something that is fetched or read has come."""

import pytest

from vlmhb.cli.progress.transfer import Transfer
from vlmhb.domain.data_step import DataStep

GB = 10**9


def seen(*steps: tuple[float, DataStep]) -> Transfer:
    transfer = Transfer()
    for now_s, step in steps:
        transfer.see(step, now_s)
    return transfer


def test_bytes_come_with_their_share_their_speed_and_their_end():
    transfer = seen((5.0, DataStep("f", 0, 16 * GB)), (9.0, DataStep("f", 2 * GB, 16 * GB)))

    assert "2,000.0 of 16,000.0 MB, 12 %, 500 MB/s, ETA 0:28" == transfer.figures(9.0)


def test_the_speed_counts_what_came_since_the_stage_began():
    """An earlier start of the run fetched the rest."""
    first = DataStep("f", 10 * GB, 16 * GB)
    transfer = seen((0.0, first), (2.0, DataStep("f", 10 * GB + 3_000_000, 16 * GB)))

    assert ", 1.5 MB/s, " in transfer.figures(2.0)


@pytest.mark.parametrize("now_s", [0.0, 0.9])
def test_no_speed_is_told_too_early(now_s: float):
    transfer = seen((0.0, DataStep("f", 0, GB)), (now_s, DataStep("f", GB // 2, GB)))

    assert "500.0 of 1,000.0 MB, 50 %" == transfer.figures(now_s)


def test_each_stage_has_a_speed_of_its_own():
    transfer = seen((0.0, DataStep("a", 0, GB)), (10.0, DataStep("a", GB, GB)))

    assert transfer.see(DataStep("b", 0, GB), 10.0)
    assert not transfer.see(DataStep("b", GB // 100, GB), 20.0)
    assert "10.0 of 1,000.0 MB, 1 %, 1.0 MB/s, ETA 16:30" == transfer.figures(20.0)


def test_what_is_not_known_is_not_told():
    assert "" == seen((0.0, DataStep("waiting"))).figures(0.0)
    assert "5.0 MB" == seen((0.0, DataStep("f", 5_000_000))).figures(0.0)
    assert "3,400 pages" == seen((0.0, DataStep("r", 3400, 0, "pages"))).figures(9.0)


def test_pages_come_with_how_many_there_are():
    assert "0 of at least 20 pages" == seen((0.0, DataStep("r", 0, 20, "pages", True))).figures(0)
    assert "34 of 1,300 pages" == seen((0.0, DataStep("r", 34, 1300, "pages"))).figures(0)


def test_more_than_was_said_is_all_of_it():
    assert "3.0 of 2.0 MB, 100 %" == seen((0.0, DataStep("f", 3 * 10**6, 2 * 10**6))).figures(0)
