"""The ladder that a batch goes down when memory runs out."""

import pytest
from vlmhb_worker.backends.transformers.batches import Load, next_batch, positions_of
from vlmhb_worker.backends.transformers.memory import (
    LARGEST_STEP,
    SHARE_USED,
    Memory,
    Use,
    fewer_pixels,
)


class Device:
    """A device that runs out of memory above so many rows."""

    def __init__(self, rows: int) -> None:
        self._rows = rows
        self.tried: list[int] = []

    def run(self, memory: Memory, waiting: list[Load]) -> list[int]:
        """Sizes of the batches that were answered."""
        answered = []
        while waiting:
            taken = next_batch(waiting, memory.limits).places
            batch = [waiting[place] for place in taken]
            self.tried.append(len(batch))
            if len(batch) > self._rows:
                memory.ran_out(len(batch), positions_of(batch))
                continue
            memory.went_well(positions_of(batch))
            waiting = [one for place, one in enumerate(waiting) if place not in taken]
            answered.append(len(batch))
        return answered


@pytest.mark.parametrize(
    ("rows", "tried"), [(8, [8, 8]), (4, [8, 4, 4, 4, 4]), (2, [8, 4, 2, 2, 2, 2, 2, 2, 2, 2])]
)
def test_a_batch_is_halved_until_it_fits_and_the_safe_size_is_remembered(
    rows: int, tried: list[int]
):
    device = Device(rows)

    answered = device.run(Memory(8, grows=False), [Load("k", 100, 10)] * 16)

    assert tried == device.tried
    assert [rows] * (16 // rows) == answered


def test_a_limit_learnt_from_long_requests_leaves_short_ones_together():
    memory = Memory(8, grows=False)
    memory.ran_out(8, 8 * 1000)

    assert 4 == len(next_batch([Load("k", 990, 10)] * 8, memory.limits).places)
    assert 8 == len(next_batch([Load("k", 90, 10)] * 8, memory.limits).places)


def test_a_later_and_larger_failure_does_not_raise_the_limit():
    memory = Memory(8, grows=False)
    memory.ran_out(4, 400)
    memory.ran_out(2, 1000)

    assert 200 == memory.limits.positions


def test_without_measuring_only_the_rows_bound_a_batch():
    memory = Memory(8, grows=False)
    memory.went_well(100)

    assert None is memory.limits.positions


def test_a_measured_batch_starts_alone_and_grows_step_by_step():
    """One small batch tells little of a large one: what is not linear shows only later."""
    memory = Memory(64, grows=True)
    assert 1 == len(next_batch([Load("k", 90, 10)] * 64, memory.limits).places)

    memory.went_well(100, Use(filled=100, used_bytes=1, free_bytes=10**9))

    assert LARGEST_STEP == len(next_batch([Load("k", 90, 10)] * 64, memory.limits).places)


def test_a_measured_batch_grows_to_the_memory_that_is_free():
    memory = Memory(64, grows=True)

    memory.went_well(1000, Use(filled=500, used_bytes=500, free_bytes=2000))

    assert int(SHARE_USED * 2000) == memory.limits.positions


def test_positions_that_stayed_empty_do_not_count_as_measured():
    """Answers are often much shorter than they may be; the next ones may not be."""
    full, short = Memory(64, grows=True), Memory(64, grows=True)
    full.went_well(1000, Use(filled=1000, used_bytes=1000, free_bytes=2000))
    short.went_well(1000, Use(filled=500, used_bytes=1000, free_bytes=2000))

    assert full.limits.positions == int(SHARE_USED * 2000)
    assert short.limits.positions == int(SHARE_USED * 1000)


def test_a_smaller_batch_than_the_largest_teaches_nothing():
    memory = Memory(64, grows=True)
    memory.went_well(1000, Use(filled=1000, used_bytes=1000, free_bytes=2000))
    memory.went_well(10, Use(filled=10, used_bytes=1000, free_bytes=2000))

    assert int(SHARE_USED * 2000) == memory.limits.positions


def test_a_request_like_one_that_ran_out_alone_is_hopeless():
    memory = Memory(8, grows=False)
    assert not memory.is_hopeless(10**9)
    memory.ran_out(1, 500)
    memory.ran_out(1, 700)

    assert memory.is_hopeless(500)
    assert not memory.is_hopeless(499)


def test_a_failure_alone_leaves_the_batches_of_others_as_they_are():
    memory = Memory(8, grows=False)
    memory.ran_out(1, 500)

    assert None is memory.limits.positions


@pytest.mark.parametrize(
    ("shown", "least", "expected"),
    [
        (1_003_520, None, 501_760),
        (60_000, None, None),
        (0, None, None),
        (1_000, 400, 500),
        (1_000, 600, None),
    ],
)
def test_pages_are_halved_down_to_what_is_worth_an_answer(
    shown: int, least: int | None, expected: int | None
):
    assert expected == fewer_pixels(shown, least)
