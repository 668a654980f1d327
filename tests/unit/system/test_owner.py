import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from vlmhb.system.owner import is_dead, is_known_dead, own_name, this_process


def start_ticks(process: int | str) -> str:
    """Field 22 of the process's `stat`; its name, the second, may hold anything."""
    return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[22 - 3]


def test_this_process_is_not_dead():
    assert not is_dead(own_name())


def test_a_process_that_ended_is_dead():
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    place, _, process = own_name().partition(".")
    start = process.partition("_")[2]

    assert is_dead(f"{place}.{child.pid}_{start}")


def test_a_pid_that_was_given_again_is_another_process():
    place, _, process = own_name().partition(".")
    pid = process.partition("_")[0]

    assert is_dead(f"{place}.{pid}_1")


def test_a_process_of_another_machine_is_not_known_to_be_dead():
    assert not is_dead(own_name().replace(own_name()[:8], "00000000"))


def test_the_name_is_short_and_leaves_room_for_sockets_below_it():
    """The kernel takes 107 characters; a pod's host name alone may have 63."""
    assert len(own_name()) <= 35
    assert "-" not in own_name()


def test_a_clock_that_is_set_kills_nobody():
    """What counts are ticks since the boot; the time of day is where a clock puts it."""
    assert own_name().endswith(f"_{start_ticks('self')}")


def test_a_process_may_be_called_anything():
    program = (
        "from pathlib import Path\n"
        "from vlmhb.system.owner import own_name\n"
        "Path('/proc/self/comm').write_text('a) 1 (b')\n"
        "print(own_name(), flush=True)\n"
        "input()"
    )
    command = [sys.executable, "-c", program]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        name = child.stdout.readline().strip()
        was_dead, ticks = is_dead(name), start_ticks(child.pid)
        child.communicate("\n")

    assert f"{child.pid}_{ticks}" == name.partition(".")[2]
    assert (False, True) == (was_dead, is_dead(name))


def test_where_a_kernel_tells_no_boot_nobody_is_known_to_be_dead():
    """Two sandboxes without one look alike, on one machine or on two."""
    here = this_process()
    ended = replace(here, start_ticks=1)

    assert is_known_dead(ended)
    for unknown in ({"boot_id": ""}, {"pid_namespace": 0}):
        assert is_known_dead(replace(ended, **unknown), replace(here, **unknown)) is None
