import pytest

from tests.unit.cli.checks.specs import envspec
from vlmhb.cli.checks.check import Status
from vlmhb.cli.checks.room import estimate, judge_room

GIB = 1 << 30


@pytest.mark.parametrize(
    ("expected", "variant"),
    [(2 * GIB, ""), (2 * GIB, "cpu"), (8 * GIB, "cu124")],
)
def test_a_gpu_env_is_the_larger_one(expected: int, variant: str):
    assert expected == estimate(envspec(variant=variant), linked=False)


def test_an_env_of_links_takes_little():
    assert estimate(envspec(variant="cu124"), linked=True) < GIB


@pytest.mark.parametrize(
    ("expected", "free_gib"), [(Status.OK, 8), (Status.WARN, 7), (Status.WARN, 4), (Status.FAIL, 3)]
)
def test_only_half_of_an_estimate_is_a_failure(expected: Status, free_gib: int):
    assert expected is judge_room("disk", free_gib * GIB, 8 * GIB).status
