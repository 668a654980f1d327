import multiprocessing
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from vlmhb.env.caller import Caller
from vlmhb.env.staging import (
    can_hardlink,
    discard,
    only_builder,
    staging_folder,
    sweep,
)
from vlmhb.errors import EnvError
from vlmhb.system.owner import own_name


def test_a_staging_folder_is_gone_when_its_builder_fails(tmp_path):
    def fail() -> None:
        with staging_folder(tmp_path) as folder:
            (folder / "half").touch()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()

    assert [] == list(tmp_path.iterdir())


def test_sweep_leaves_a_living_builder_s_folder(tmp_path):
    with staging_folder(tmp_path) as folder:
        sweep(tmp_path)

        assert folder.is_dir()


def test_sweep_deletes_a_dead_builder_s_folder(tmp_path):
    child = subprocess.run(
        [
            sys.executable,
            "-c",
            "import os, sys; from pathlib import Path\n"
            "from vlmhb.env.staging import staging_folder\n"
            "with staging_folder(Path(sys.argv[1])): os.kill(os.getpid(), 9)",
            str(tmp_path),
        ],
        check=False,
        env={"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    left = list(tmp_path.iterdir())

    sweep(tmp_path)

    assert -9 == child.returncode
    assert 1 == len(left)
    assert [] == list(tmp_path.iterdir())


def test_sweep_knows_a_pid_that_was_given_to_somebody_else(tmp_path):
    owner, _, _ = own_name().rpartition("_")
    (tmp_path / f".staging-{owner}_1-abc").mkdir()

    sweep(tmp_path)

    assert [] == list(tmp_path.iterdir())


def test_sweep_leaves_the_folders_of_another_machine(tmp_path):
    foreign = tmp_path / ".staging-other-host.1.1_1-abc"
    foreign.mkdir()

    sweep(tmp_path)

    assert foreign.is_dir()


def test_discarding_what_is_gone_already_is_fine(tmp_path):
    discard(tmp_path / "gone")

    assert [] == list(tmp_path.iterdir())


def test_a_second_builder_is_told_and_waits_for_the_first(tmp_path):
    lock = tmp_path / "locks" / "key.lock"
    told = threading.Event()
    waiting = Caller(tell=lambda _line: told.set())
    order: list[str] = []

    def second() -> None:
        with only_builder(lock, "toy", waiting):
            order.append("second")

    thread = threading.Thread(target=second)
    with only_builder(lock, "toy", Caller()):
        thread.start()
        assert told.wait(10)
        order.append("first")
    thread.join(10)

    assert ["first", "second"] == order


def test_those_who_wait_hear_how_the_build_goes(tmp_path):
    lock = tmp_path / "key.lock"
    heard: list[str] = []
    waits, knows = threading.Event(), threading.Event()

    def hear(line: str) -> None:
        heard.append(line)
        waits.set()
        if line == "halfway":
            knows.set()

    def wait() -> None:
        with only_builder(lock, "toy", Caller(tell=hear)):
            pass

    thread = threading.Thread(target=wait)
    with only_builder(lock, "toy", Caller()) as builder:
        thread.start()
        assert waits.wait(10)
        builder.tell("begun")
        builder.tell("halfway")
        assert knows.wait(10)
    thread.join(10)

    assert ["begun", "halfway"] == heard[1:]


def test_a_new_builder_s_lines_are_not_those_of_the_last_one(tmp_path):
    lock = tmp_path / "key.lock"
    with only_builder(lock, "toy", Caller()) as first:
        first.tell("first")

    with only_builder(lock, "toy", Caller()) as second:
        second.tell("second")

    assert "second\n" == lock.read_text()


def test_one_who_waits_can_stop_waiting(tmp_path):
    lock = tmp_path / "key.lock"
    cancelled = threading.Event()
    waiting = Caller(tell=lambda _line: cancelled.set(), cancelled=cancelled)

    with (
        only_builder(lock, "toy", Caller()),
        pytest.raises(EnvError, match="stopped"),
        only_builder(lock, "toy", waiting),
    ):
        pass


def test_nobody_waits_for_a_builder_that_was_killed(tmp_path):
    lock = tmp_path / "key.lock"
    holder = multiprocessing.get_context("spawn").Process(target=_die_holding, args=(lock,))
    holder.start()
    holder.join()
    waited: list[str] = []

    with only_builder(lock, "toy", Caller(waited.append)):
        pass

    assert [] == waited


def _die_holding(lock: Path) -> None:
    with only_builder(lock, "toy", Caller()):
        os.kill(os.getpid(), 9)


def test_the_link_probe_links_and_leaves_nothing(tmp_path):
    (tmp_path / "target").mkdir()

    assert can_hardlink(tmp_path / "cache", tmp_path / "target")
    assert [] == [path for path in tmp_path.rglob("*") if path.is_file()]


def test_the_link_probe_says_no_across_mounts(tmp_path):
    other = Path("/dev/shm")
    if not other.is_dir() or other.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("there is no second mount here")

    assert not can_hardlink(tmp_path, other)
