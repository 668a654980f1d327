"""Which places a worker is given, and what is said when there is none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vlmhb.schedule.slots import NO_GPU, Need, Slot, Slots, cpu_slots

SMALL, LARGE = Slot("small", 24.0), Slot("large", 80.0)
SLICES = (Slot("MIG-1", 10.0, is_slice=True), Slot("MIG-2", 10.0, is_slice=True))
CPU = cpu_slots(2)


@pytest.mark.parametrize(
    ("need", "expected"),
    [
        (Need(1), ("large",)),
        (Need(1, 20.0), ("small",)),
        (Need(1, 24.0), ("small",)),
        (Need(1, 40.0), ("large",)),
        (Need(1, 140.0), ()),
        (Need(2), ("large", "small")),
        (Need(2, 20.0), ("small", "large")),
        (Need(2, 40.0), ()),
        (Need(3), ()),
        (NO_GPU, ("cpu-1",)),
    ],
)
def test_the_smallest_gpus_that_are_large_enough_are_taken_and_the_largest_where_nobody_knows(
    need: Need, expected: tuple[str, ...]
):
    assert expected == Slots((SMALL, LARGE, *CPU)).find(need)


def test_of_gpus_of_one_size_the_first_is_taken():
    slots = Slots(Slot(name, 80.0) for name in ("a", "b", "c"))

    assert ("a",) == slots.find(Need(1)) == slots.find(Need(1, 10.0))
    assert ("a", "b") == slots.find(Need(2)) == slots.find(Need(2, 10.0))


def test_a_slice_holds_a_whole_model_and_no_part_of_one():
    slots = Slots([*SLICES, SMALL])

    assert ("MIG-1",) == slots.find(Need(1, 8.0))
    assert [SMALL] == slots.suitable(Need(2, 8.0))
    assert () == slots.find(Need(2, 8.0))
    assert not slots.can_ever_hold(Need(2, 0.0), {})


def test_a_gpu_that_is_taken_is_passed_over_until_it_is_given_back():
    slots = Slots((SMALL, LARGE))
    slots.take("m", ("large",))
    beside = slots.find(Need(1))
    too_large = slots.find(Need(1, 40.0))
    had = slots.taken_by("m")
    slots.give_back("m")

    assert ("small",) == beside
    assert () == too_large
    assert ("large",) == had
    assert () == slots.taken_by("m")
    assert ("large",) == slots.find(Need(1))


def test_a_gpu_that_another_run_has_is_passed_over_until_it_is_tried_again():
    slots = Slots((SMALL, LARGE))
    slots.send_away(["large"])
    beside = slots.find(Need(1))
    can_wait = slots.can_ever_hold(Need(1, 40.0), {})
    slots.call_back()

    assert ("small",) == beside
    assert can_wait
    assert ("large",) == slots.find(Need(1))


def test_a_gpu_that_refused_a_model_is_passed_over_for_that_model():
    slots = Slots((SMALL, LARGE))

    assert ("small",) == slots.find(Need(1), {"large"})
    assert () == slots.find(Need(1, 40.0), {"large"})
    assert not slots.can_ever_hold(Need(1, 40.0), {"large": "it is full"})
    assert slots.can_ever_hold(Need(1), {"large": "it is full"})


def test_a_lost_gpu_is_gone_for_good_and_remembered_by_its_reason():
    slots = Slots((SMALL, LARGE))
    slots.send_away(["large"])
    slots.lose("large", "it fell off the bus")
    slots.lose("large", "a second time")
    slots.lose("nobody", "never there")
    slots.call_back()

    assert not slots.has(("large",))
    assert ("small",) == slots.find(Need(1))
    assert not slots.can_ever_hold(Need(1, 40.0), {})
    assert "it fell off the bus" == slots.why_not(Need(1, 40.0))


def test_a_gpu_that_joins_may_be_taken():
    slots = Slots((SMALL,))
    slots.join(LARGE)

    assert ("large",) == slots.find(Need(1))


def test_no_more_workers_find_a_slot_than_may_run():
    slots = Slots((SMALL, LARGE, *CPU), most_workers=2)
    slots.take("m", ("small", "large"))
    second = slots.find(NO_GPU)
    slots.take("ocr", second)
    third = slots.find(NO_GPU)
    slots.give_back("m")

    assert ("cpu-1",) == second
    assert () == third
    assert ("cpu-2",) == slots.find(NO_GPU)


@pytest.mark.parametrize(
    ("slots", "need", "reason"),
    [
        ((SMALL, LARGE), Need(1, 140.0), "it needs 1 GPU with 140 GiB; there are: 24 GiB, 80 GiB"),
        ((LARGE,), Need(2, 10.0), "it needs 2 GPUs with 10 GiB each; there are: 80 GiB"),
        ((LARGE, *CPU), Need(3), "it needs 3 GPUs; there are: 80 GiB"),
        (CPU, Need(1), "it needs 1 GPU; there are: none"),
        ((LARGE,), NO_GPU, "there is no slot for models that need no GPU"),
    ],
)
def test_a_model_that_no_slot_can_hold_is_told_what_there_is(
    slots: tuple[Slot, ...], need: Need, reason: str
):
    assert reason == Slots(slots).why_not(need)


SIZES = st.lists(st.one_of(st.none(), st.sampled_from([16.0, 24.0, 80.0])), max_size=6)


@given(
    sizes=SIZES,
    taken=st.sets(st.integers(0, 5)),
    need=st.builds(Need, st.integers(0, 3), st.sampled_from([0.0, 20.0, 40.0])),
)
def test_what_is_found_is_free_and_large_enough_and_as_many_as_needed(
    sizes: list[float | None], taken: set[int], need: Need
):
    there = {f"s{n}": Slot(f"s{n}", size) for n, size in enumerate(sizes)}
    slots = Slots(there.values())
    slots.take("other", [f"s{n}" for n in taken if n < len(sizes)])

    found = slots.find(need)

    free = [one for one in there.values() if one.name not in slots.taken_by("other")]
    fitting = [one for one in free if need.fits(one)]
    assert (need.slots if len(fitting) >= need.slots else 0) == len(found)
    assert len(found) == len(set(found))
    assert {there[name] for name in found} <= set(fitting)
    assert not found or slots.can_ever_hold(need, {})
