"""R1, R2 and R4."""

from pathlib import Path

from tests.bench.row import Row
from tests.bench.rpc import programs
from tests.bench.rpc.peers import PEERS
from tests.bench.rpc.resident import Resident
from tests.bench.rpc.world import VARIABLES, World

ROUNDS = 7
TINY = 100
COUNTS = {TINY: 300, 1_000_000: 20, 10_000_000: 5}
TINY_PEERS = {"HTTP + base64, loopback": 1 / 10, "isolate (gRPC)": 1 / 30, "Ray actor": 1 / 30}
PIPES = ("raw pipe", "frames", "naive msgpack over a pipe", "multiprocessing.Pipe")


def tiny(world: World) -> list[Row]:
    """R1, wherever the kernel puts the processes."""
    floor, threads = "raw pipe", "raw pipe, a thread on each side"
    rows = {
        ("frames", floor): Row("R1", "a frame and its reply", "us", floor, 1.5),
        ("client, pipe", threads): Row("R1", "toy answer, client", "us", threads),
        ("client, pipe", floor): Row("R1", "toy answer, client", "us", floor),
    }
    for peer in PEERS:
        limit = TINY_PEERS.get(peer)
        rows["frames", peer] = Row("R1", "a frame and its reply", "us", peer, limit)
        rows["client, pipe", peer] = Row("R1", "toy answer, client", "us", peer)
    _measure(world, rows, TINY)
    return [row for row in rows.values() if row.ours]


def pinned(folder: Path) -> list[Row]:
    """R1 with both sides of each on one core: what a call costs, without the waking of another."""
    names = {
        "raw pipe": programs.RAW_PIPE,
        "threads": programs.THREADED_PIPE,
        "frames": programs.FRAMES,
        "client": "SHARED = False\n" + programs.CLIENT,
    }
    sides = {
        name: Resident(folder, program, variables=VARIABLES, cpu=0)
        for name, program in names.items()
    }
    frames = Row("R1", "a frame and its reply, one core", "us", "raw pipe", 1.5)
    client = Row("R1", "toy answer, client, one core", "us", "raw pipe, a thread on each side")
    for _ in range(ROUNDS):
        took = {name: side.p50_us(TINY, COUNTS[TINY]) for name, side in sides.items()}
        frames.add(took["frames"], took["raw pipe"])
        client.add(took["client"], took["threads"])
    for side in sides.values():
        side.close()
    return [frames, client]


def large(world: World) -> list[Row]:
    """R2."""
    found = []
    for size, name in ((1_000_000, "1 MB"), (10_000_000, "10 MB")):
        pipe, shared = "client, pipe", "client, shared memory"
        rows = {
            (pipe, "raw pipe"): Row("R2", f"page of {name}, pipe", "us", "raw pipe", 1.4),
            (shared, "raw pipe"): Row(
                "R2", f"page of {name}, shared memory", "us", "raw pipe", 0.3
            ),
        }
        for peer in PEERS:
            rows[shared, peer] = Row("R2", f"page of {name}, shared memory", "us", peer)
        _measure(world, rows, size)
        found += [row for row in rows.values() if row.ours]
    return found


def in_flight(world: World) -> list[Row]:
    """R4, as time per call: 0.6 times the calls per second is 1 / 0.6 of the time."""
    frames = Row("R4", "8 frames in flight", "us", "raw pipe, 8 in flight", 1 / 0.6)
    client = Row("R4", "8 toy answers in flight, client", "us", "raw pipe, 8 in flight")
    for _ in range(ROUNDS):
        floor = world.sides["raw pipe"].each_us(TINY, 20_000)
        frames.add(world.sides["frames"].each_us(TINY, 4_000), floor)
        client.add(world.sides["client, pipe"].each_us(TINY, 1_000), floor)
    return [frames, client]


def _measure(world: World, rows: dict[tuple[str, str], Row], size: int) -> None:
    names = list(dict.fromkeys(name for pair in rows for name in pair))
    for _ in range(ROUNDS):
        took = {name: world.take(name, size, COUNTS[size]) for name in names}
        for (ours, other), row in rows.items():
            ours_us, other_us = took[ours], took[other]
            if ours_us is not None and other_us is not None:
                row.add(ours_us, other_us)
