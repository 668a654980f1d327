"""A further worker of a model is started only where the host has memory for it."""

import os

from vlmhb.schedule.workers.copies import no_room

GIB = 1 << 30


def test_there_is_room_for_as_much_as_the_largest_has_and_a_quarter():
    sizes = {1: 2 * GIB, 2: 4 * GIB}

    assert "" == no_room([1, 2], sizes.get, lambda: 5 * GIB)
    assert "one more worker may take 5.0 GiB of the host's memory, 4.9 GiB are left" == no_room(
        [1, 2], sizes.get, lambda: int(4.9 * GIB)
    )


def test_the_first_worker_is_not_held_back():
    assert "" == no_room([], lambda _: None, lambda: 0)


def test_a_worker_that_is_gone_tells_nothing():
    assert "" == no_room([1], lambda _: None, lambda: 0)


def test_a_live_process_is_measured():
    assert "" == no_room([os.getpid()])
    assert "one more worker may take" in no_room([os.getpid()], available=lambda: 0)
