"""G4: whatever a worker's frames hold, the host refuses it or takes it, soon and in little room."""

import gc
import random
import time
from pathlib import Path

import psutil
import pytest
from vlmhb_worker.wire import HEADER, START, ProtocolError

from tests.contract.speaker import HELLO, said, speaker
from tests.contract.test_wire import BAD_BODIES, GREEDY
from tests.contract.workers import session
from tests.fault.kit import Goals, Size
from tests.fuzz.frames import Host, framed, hostile_frame
from tests.fuzz.regressions import BODIES
from vlmhb.worker import DeathKind, Hello

MAX_GROWTH_BYTES = 64 << 20
MAX_FRAME_S = 1.0
GREEDY_EVERY = 1_000
"""Frames of a whole MiB take a thousand times as long to make as others."""

UNFINISHED = {
    "nothing": b"",
    "a header alone": HEADER.pack(START, 1 << 20, 0, 0),
    "half a frame": framed(b"\x81\xa1a\xa1b")[:-1],
}
"""What a host waits for the rest of, as long as the worker may live."""
REFUSED = {
    "a zero": b"\0",
    "text": b"Loading weights: 100%\n",
    "a header of 4 GiB": HEADER.pack(START, 2**32 - 1, 0, 0),
    "a header with a tail": HEADER.pack(START, 1, 1, 0),
    "a wrong checksum": HEADER.pack(START, 1, 0, 1) + b"\x80",
    "a frame in a frame": framed(framed(b"\x80")),
    **{name: framed(body) for name, body in {**BAD_BODIES, **GREEDY, **BODIES}.items()},
}
"""The regression corpus: every frame that once was, or could be, a way in."""


def rss_bytes() -> int:
    gc.collect()
    return int(psutil.Process().memory_info().rss)


def test_hostile_frames_end_in_events_or_refusals(
    size: Size, goals: Goals, chance: random.Random, tmp_path: Path
) -> None:
    wanted = size(ci=50_000, release=2_000_000)
    greedy = [framed(body) for body in GREEDY.values()]
    host = Host(tmp_path)
    taken = refused = before = most = 0
    worst_s = 0.0
    for number in range(wanted):
        is_greedy = number % GREEDY_EVERY == 0
        turn = number // GREEDY_EVERY
        frame = greedy[turn % len(greedy)] if is_greedy else hostile_frame(chance)
        began_s = time.thread_time()  # the machine may be busy
        try:
            taken += len(host.hear(frame))
        except ProtocolError:
            refused += 1
            host.clear()
        worst_s = max(worst_s, time.thread_time() - began_s)
        if is_greedy and turn >= len(greedy):  # by now every kind has been there
            most = max(most, rss_bytes())
            before = before or most
    host.close()
    grown = most - before

    note = f"{refused:,} refused, {taken:,} events; RSS grew by {grown / 2**20:.1f} MiB"
    goals.add("G4", tried=wanted, worst_s=worst_s, note=f"changed frames: {note}")

    assert worst_s <= MAX_FRAME_S
    assert grown <= MAX_GROWTH_BYTES
    # The luck is not all on one side.
    assert refused > wanted // 2
    assert taken > wanted // 100


@pytest.mark.parametrize("name", REFUSED)
def test_a_process_that_says_no_frame_is_ended(tmp_path: Path, name: str) -> None:
    with session(tmp_path, speaker(tmp_path, said(HELLO) + REFUSED[name])) as running:
        running.worker.start()
        running.expect(Hello)
        death = running.death()

    assert (DeathKind.PROTOCOL, True) == (death.kind, death.by_itself)
    assert "its host could not go on" not in death.detail


@pytest.mark.parametrize("name", UNFINISHED)
def test_a_process_that_says_half_a_frame_is_waited_for(tmp_path: Path, name: str) -> None:
    with session(tmp_path, speaker(tmp_path, said(HELLO) + UNFINISHED[name])) as running:
        running.worker.start()
        running.expect(Hello)
        running.worker.kill()

        assert DeathKind.CLOSED == running.death().kind
