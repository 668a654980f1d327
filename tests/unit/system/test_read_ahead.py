import threading
from collections.abc import Sequence
from pathlib import Path

import psutil
import pytest

from vlmhb.system.read_ahead import read_ahead

SIZE_BYTES = 9_000_000


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "model.safetensors"
    path.write_bytes(b"x" * SIZE_BYTES)
    return path


def bytes_read(files: Sequence[Path], *, stopped: bool = False) -> int:
    """By this process meanwhile."""
    stop = threading.Event()
    if stopped:
        stop.set()
    process = psutil.Process()
    before = process.io_counters().read_chars
    thread = threading.Thread(target=read_ahead, args=(files, stop))
    thread.start()
    thread.join()
    return process.io_counters().read_chars - before


def test_files_are_read_to_their_end_whatever_else_cannot_be(file: Path, tmp_path: Path):
    assert bytes_read([tmp_path / "gone", tmp_path, file, file]) >= 2 * SIZE_BYTES


def test_nothing_is_read_once_it_is_stopped(file: Path):
    assert bytes_read([file], stopped=True) < SIZE_BYTES
