"""What comes to a disk against what is free there."""

from dataclasses import replace

from vlmhb.domain.needs import Amount, Disk
from vlmhb.plan.estimates import Demand, judge_disks
from vlmhb.plan.estimates.disk import SPARE_BYTES

GIB = 1 << 30
ROOT = Disk(1, "/", 10 * GIB)
DATA = Disk(2, "/data", 10 * GIB)


def demand(kind: str, least: int, likely: int | None, disk: Disk = ROOT) -> Demand:
    return Demand(kind, disk, least, Amount(likely, "why"), kind.upper())


def test_what_comes_to_one_file_system_is_added_up_whatever_its_mount():
    elsewhere = replace(ROOT, point="/mnt")

    root, data = judge_disks(
        [demand("a", 1, 2), demand("b", 3, 4, DATA), demand("c", 5, 6, elsewhere)]
    )

    assert ("/", 6, 8) == (root.disk.point, root.least_bytes, root.likely.size_bytes)
    assert ("/data", 3, 4) == (data.disk.point, data.least_bytes, data.likely.size_bytes)


def test_two_parts_that_fit_alone_and_not_together_are_an_obstacle():
    (alone,) = judge_disks([demand("a", 6 * GIB, 6 * GIB)])
    (both,) = judge_disks([demand("a", 6 * GIB, 6 * GIB), demand("b", 6 * GIB, 6 * GIB)])

    assert alone.obstacle is None
    assert both.obstacle is not None
    assert "/ has 10.0 GiB free, and at least 12.0 GiB will come to it" == both.obstacle.problem
    assert "free space, or set A or B to a folder on a larger disk" == both.obstacle.fix


def test_an_estimate_is_a_warning_and_no_obstacle():
    (found,) = judge_disks([demand("a", GIB, 11 * GIB)])

    assert found.obstacle is None
    assert "may not suffice: 10.0 GiB free, about 11.0 GiB may come to it" in found.warning


def test_what_is_spared_is_not_given_away():
    free = ROOT.free_bytes - SPARE_BYTES
    (fits,) = judge_disks([demand("a", free, free)])
    (full,) = judge_disks([demand("a", free + 1, free + 1)])

    assert (None, "") == (fits.obstacle, fits.warning)
    assert full.obstacle is not None


def test_one_unknown_part_makes_the_sum_unknown_and_counts_with_its_least():
    (found,) = judge_disks([demand("a", 1, None), demand("b", 2, 5)])

    assert (None, "a: why") == (found.likely.size_bytes, found.likely.why)
    assert 6 == found.known_bytes


def test_a_full_disk_that_nothing_certain_comes_to_is_no_obstacle():
    (found,) = judge_disks([demand("a", 0, 5, replace(ROOT, free_bytes=0))])

    assert found.obstacle is None
    assert found.warning
