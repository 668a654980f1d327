import pytest

from vlmhb.cli.checks.check import Status
from vlmhb.cli.checks.room import judge_room
from vlmhb.domain.needs import Amount, Disk
from vlmhb.plan.estimates import Demand, judge_disks

GIB = 1 << 30
DISK = Disk(1, "/data", 10 * GIB)


@pytest.mark.parametrize(
    ("expected", "said", "least", "likely"),
    [
        (Status.OK, "/data has 10.0 GiB free, estimated need 1,073.7 MB", 0, GIB),
        (Status.OK, "/data has 10.0 GiB free, not all that comes is known", GIB, None),
        (Status.WARN, "about 12.0 GiB may come to it", GIB, 12 * GIB),
        (Status.FAIL, "at least 12.0 GiB will come to it", 12 * GIB, 36 * GIB),
    ],
)
def test_what_is_certain_fails_and_an_estimate_warns_as_the_plan_does(
    expected: Status, said: str, least: int, likely: int | None
):
    (disk,) = judge_disks([Demand("envs", DISK, least, Amount(likely, "why"), "VLMHB_ENVS")])

    check = judge_room("disk", disk)

    assert (expected, True) == (check.status, check.found.endswith(said)), check.found
    assert ("VLMHB_ENVS" in check.fix) is (expected is not Status.OK)
