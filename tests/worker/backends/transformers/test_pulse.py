"""Signs of life while weights are loaded."""

import threading
from pathlib import Path

from vlmhb_worker.backends.transformers.pulse import STEP_BYTES, Pulse, bytes_moved

PATIENCE = 200


def test_a_load_that_fills_memory_is_seen_to_go_on(tmp_path: Path):
    (tmp_path / "model.safetensors").write_bytes(b"x" * 5_000_000)
    seen: list[tuple[str, int, int]] = []
    came = threading.Event()

    def progress(stage: str, done: int, total: int) -> None:
        seen.append((stage, done, total))
        came.set()

    with Pulse(progress, str(tmp_path), interval_s=0.005):
        for _ in range(PATIENCE):
            bytearray(b"x") * (2 * STEP_BYTES)
            if came.wait(0.01):
                break

    assert ("load the weights (MB)", 5, 5) == seen[0]


def test_no_sign_comes_after_the_end(tmp_path: Path):
    """The host takes a sign after `loaded` for a broken protocol."""
    seen: list[int] = []
    with Pulse(lambda _, done, __: seen.append(done), str(tmp_path), interval_s=0.001):
        pass
    before = list(seen)
    bytearray(b"x") * (2 * STEP_BYTES)

    assert before == seen
    assert not [thread for thread in threading.enumerate() if thread.name == "pulse"]


def test_bytes_that_are_read_count(tmp_path: Path):
    file = tmp_path / "weights"
    file.write_bytes(b"x" * STEP_BYTES)
    before = bytes_moved()
    file.read_bytes()

    assert bytes_moved() - before >= STEP_BYTES
