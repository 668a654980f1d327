import subprocess
import sys

from vlmhb.system.owner import is_dead, own_name


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
