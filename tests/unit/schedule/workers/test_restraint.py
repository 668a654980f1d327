"""Who takes too much is told apart from who has reason to take a lot."""

import pytest

from vlmhb.domain.worker_limits import WorkerLimits
from vlmhb.schedule.workers.restraint import GIB, Restraint, Taken

CEILING = 10 * GIB


def restraint(**limits: float) -> Restraint:
    return Restraint(WorkerLimits(**limits), CEILING)  # type: ignore[arg-type]


def never_asked() -> int:
    raise AssertionError("this takes a while, and decides nothing here")


def taken(**what: float) -> Taken:
    return Taken(at_s=100.0, **({"n_answers": 0} | what))  # type: ignore[arg-type]


def test_an_engine_with_many_processes_and_threads_is_left_alone():
    usual = taken(processes=300, threads=10_000, memory_bytes=9 * GIB)

    assert None is restraint().excess(usual, never_asked)


@pytest.mark.parametrize("what", ["processes", "threads"])
def test_a_crowd_is_too_much_and_named(what: str):
    allowed = restraint(**{what: 4}).excess(taken(**{what: 4}), never_asked)
    excess = restraint(**{what: 4}).excess(taken(**{what: 5}), never_asked)

    assert allowed is None
    assert excess is not None
    assert f"it had 5 {what}, and may have 4 (`limits.{what}` in the model file)" == excess.reason
    assert not excess.of_memory


def test_memory_that_forked_processes_share_counts_once():
    seen = taken(memory_bytes=80 * GIB)

    assert None is restraint().excess(seen, lambda: 9 * GIB)


@pytest.mark.parametrize(
    ("limits", "whose"),
    [({}, "10.00 GiB (of what there is)"), ({"memory_gib": 2.0}, "2.00 GiB (`limits.memory_gib`")],
)
def test_memory_beyond_the_limit_is_too_much(limits: dict[str, float], whose: str):
    excess = restraint(**limits).excess(taken(memory_bytes=12 * GIB), lambda: 11 * GIB)

    assert excess is not None
    assert f"it had 11.00 GiB of memory, and may have {whose}" in excess.reason
    assert excess.of_memory


def test_a_scratch_folder_has_a_limit_and_must_leave_room_on_its_disk():
    judge = restraint(scratch_gib=4.0).scratch

    assert judge(4 * GIB, 100 * GIB) is None
    too_large = judge(4 * GIB + 1, 100 * GIB)
    assert too_large is not None
    assert "held 4.00 GiB, and may hold 4.00 GiB (`limits.scratch_gib`" in too_large.reason
    too_full = judge(2 * GIB, GIB - 1)
    assert too_full is not None
    assert "held 2.00 GiB, and left 1.00 GiB of the disk" in too_full.reason


def test_a_full_disk_is_no_fault_of_a_worker_that_holds_little_of_it():
    assert restraint().scratch(GIB // 2, 0) is None


def grow(judge: Restraint, *gibs: float, step_s: float = 1000.0) -> list[bool]:
    """For each look at its memory, with 16 answers in between, whether it should be replaced."""
    told = []
    for number, gib in enumerate(gibs, 1):
        size_bytes = int(gib * GIB)
        now = Taken(number * step_s, number * 16, size_bytes)
        told.append(bool(judge.leak(now, lambda size_bytes=size_bytes: size_bytes)))  # type: ignore[misc]
    return told


def test_a_leak_is_replaced_when_its_memory_is_nearly_full():
    assert [False, False, False, False, True] == grow(restraint(), 1, 3, 5, 7, 8.1)


def test_a_fast_leak_is_replaced_while_there_is_still_time():
    assert [False, False, True] == grow(restraint(), 1, 3, 5.5, step_s=10.0)


def test_large_weights_are_no_leak_however_full_the_memory_is():
    assert [False] * 4 == grow(restraint(), 8.5, 9.0, 9.2, 9.2)


def test_caches_that_stop_growing_are_no_leak():
    assert [False] * 5 == grow(restraint(), 1, 5, 7, 7, 7)


def test_what_forked_processes_share_is_no_leak():
    judge = restraint()
    judge.leak(taken(n_answers=16, memory_bytes=2 * GIB), lambda: 2 * GIB)

    assert "" == judge.leak(taken(n_answers=32, memory_bytes=80 * GIB), lambda: 3 * GIB)


def test_nothing_is_said_before_enough_answers():
    judge = restraint()
    first = judge.leak(taken(n_answers=16), lambda: 0)

    assert "" == first
    assert "" == judge.leak(taken(n_answers=31, memory_bytes=9 * GIB), never_asked)
    assert "its memory grew from 0.00 GiB to 9.00 GiB over 16 answers" == judge.leak(
        taken(n_answers=32, memory_bytes=9 * GIB), lambda: 9 * GIB
    )
