"""What a model will load is read once, where there is room for it.

Whoever opens a FIFO to write waits for its reader.
"""

import errno
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.build import env
from vlmhb.schedule.supply.read_ahead import ReadAhead, compiled_files, weights_files
from vlmhb.weights import FetchedWeights

ROOM_BYTES = 1 << 20


@pytest.fixture
def reader() -> Iterator[ReadAhead]:
    made = ReadAhead(lambda: ROOM_BYTES)
    yield made
    made.close()


def fifo(folder: Path, name: str) -> Path:
    os.mkfifo(folder / name)
    return folder / name


def await_reader(path: Path) -> None:
    path.open("wb").close()


def has_reader(path: Path) -> bool:
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_NONBLOCK))
    except OSError as error:
        if error.errno != errno.ENXIO:
            raise
        return False
    return True


def test_files_of_one_model_after_the_other_are_read_once(reader: ReadAhead, tmp_path: Path):
    first, other = fifo(tmp_path, "first"), fifo(tmp_path, "other")

    reader.read("m", [first])
    await_reader(first)
    reader.read("m", [first])
    reader.read("n", [other])
    await_reader(other)

    assert not has_reader(first)


def test_files_that_would_fill_the_memory_are_left_alone(reader: ReadAhead, tmp_path: Path):
    large, beside, other = tmp_path / "large", fifo(tmp_path, "beside"), fifo(tmp_path, "other")
    large.touch()
    os.truncate(large, ROOM_BYTES // 2 + 1)

    reader.read("large", [beside, large])
    reader.read("other", [other])
    await_reader(other)

    assert not has_reader(beside)


def test_files_that_just_have_room_are_read(reader: ReadAhead, tmp_path: Path):
    large, beside = tmp_path / "large", fifo(tmp_path, "beside")
    large.touch()
    os.truncate(large, ROOM_BYTES // 2)

    reader.read("large", [large, beside])

    await_reader(beside)


def test_what_is_being_read_is_left_when_it_is_stopped(reader: ReadAhead, tmp_path: Path):
    begun, other = fifo(tmp_path, "begun"), fifo(tmp_path, "other")
    reader.read("m", [begun, other])

    with begun.open("wb"):
        reader.stop()
    reader.close()

    assert not has_reader(other)


def test_files_that_cannot_be_looked_at_cost_no_other_model_its_turn(
    reader: ReadAhead, tmp_path: Path
):
    beside, other = fifo(tmp_path, "beside"), fifo(tmp_path, "other")

    reader.read("m", [beside, tmp_path / "gone"])
    reader.read("n", [other])
    await_reader(other)

    assert not has_reader(beside)


def test_nothing_is_read_after_it_is_closed(tmp_path: Path):
    reader = ReadAhead(lambda: ROOM_BYTES)
    waiting = fifo(tmp_path, "waiting")
    reader.close()

    reader.read("m", [waiting])
    reader.close()

    assert not has_reader(waiting)


def test_of_an_env_what_imports_read(tmp_path: Path):
    package = tmp_path / "lib/python3/site-packages/torch"
    package.mkdir(parents=True)
    compiled = {"libtorch.so", "libcudart.so.12", "_C.cpython-311-x86_64-linux-gnu.so", "nn.pyc"}
    for name in {*compiled, "nn.py", "LICENSE"}:
        (package / name).touch()
    there = replace(env(), python=str(tmp_path / "bin" / "python"))

    assert compiled == {path.name for path in compiled_files(there)}


def test_of_weights_the_files_that_were_asked_for_in_all_their_repos():
    part = FetchedWeights(Path("/part"), "Org/Part", "main", "0" * 40, "0" * 64, ("p.bin",), 1)
    whole = replace(part, folder=Path("/whole"), files=("a.json", "sub/b.bin"), also=(part,))

    assert ["/whole/a.json", "/whole/sub/b.bin", "/part/p.bin"] == [
        str(path) for path in weights_files(whole)
    ]
