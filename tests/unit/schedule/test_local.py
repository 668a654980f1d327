"""Which card a worker gets."""

import pytest

from vlmhb.schedule.local import gpus_of


@pytest.mark.parametrize(
    ("slot", "gpus", "expected"),
    [(0, (), ()), (0, ("a", "b"), ("a",)), (1, ("a", "b"), ("b",)), (2, ("a", "b"), ("a",))],
)
def test_slots_take_the_cards_in_turn(slot: int, gpus: tuple[str, ...], expected: tuple[str, ...]):
    assert expected == gpus_of(slot, gpus)
