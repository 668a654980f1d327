"""Signs of life while weights are loaded."""

import mmap
import threading
from pathlib import Path

import pytest
from vlmhb_worker.backends.transformers.pulse import STEP_BYTES, Pulse

PATIENCE_S = 30.0
"""Only a broken test waits this long."""


class Signs:
    """What was reported."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, int, int]] = []
        self._came = threading.Event()

    def __call__(self, stage: str, done: int, total: int) -> None:
        self.seen.append((stage, done, total))
        self._came.set()

    def wait(self) -> tuple[str, int, int]:
        assert self._came.wait(PATIENCE_S)
        return self.seen[0]


def filled() -> mmap.mmap:
    """Fresh memory, every page of it touched."""
    memory = mmap.mmap(-1, 2 * STEP_BYTES)
    memory.write(b"x" * len(memory))
    return memory


@pytest.fixture
def folder(tmp_path: Path) -> str:
    (tmp_path / "model.safetensors").write_bytes(b"x" * 5_000_000)
    return str(tmp_path)


def test_a_load_that_fills_memory_is_seen_to_go_on(folder: str):
    signs = Signs()
    with Pulse(signs, folder, interval_s=0.005), filled():
        sign = signs.wait()

    assert ("load the weights (MB)", 5, 5) == sign


def test_a_load_that_reads_is_seen_to_go_on(folder: str, tmp_path: Path):
    file = tmp_path / "weights"
    file.write_bytes(b"x" * STEP_BYTES)
    signs = Signs()
    with Pulse(signs, folder, interval_s=0.005), file.open("rb") as content:
        while content.read(1 << 16):
            pass
        sign = signs.wait()

    assert ("load the weights (MB)", 5, 5) == sign


def test_no_sign_comes_after_the_end(tmp_path: Path):
    """The host takes a sign after `loaded` for a broken protocol."""
    seen: list[int] = []
    with Pulse(lambda _, done, __: seen.append(done), str(tmp_path), interval_s=0.001):
        pass
    before = list(seen)
    with filled():
        assert before == seen
    assert not [thread for thread in threading.enumerate() if thread.name == "pulse"]
