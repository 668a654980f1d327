"""Walls around workers, as the kernel of this machine has them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from vlmhb.system.isolation import probe_isolation


def test_probing_leaves_this_process_as_it_is():
    before = Path("/proc/self/status").read_text(), os.getresuid()
    probe_isolation()
    after = Path("/proc/self/status").read_text(), os.getresuid()

    fields = ("Uid:", "Gid:", "NoNewPrivs:", "Seccomp:", "CapEff:")
    shown = [
        [line for line in text.splitlines() if line.startswith(fields)]
        for text in (before[0], after[0])
    ]
    assert shown[0] == shown[1]
    assert before[1] == after[1]


def test_landlock_is_there_or_the_reason_why_not():
    found = probe_isolation()

    assert (found.landlock > 0) == (found.landlock_problem == "")


@pytest.mark.skipif(os.geteuid() == 0, reason="root can")
def test_an_ordinary_user_cannot_become_another():
    assert False is probe_isolation().switches_user


def test_seccomp_filters_are_taken_where_the_kernel_lists_actions():
    """The list is there when filters were built in; a sandbox may hide it."""
    listed = Path("/proc/sys/kernel/seccomp/actions_avail")
    if not listed.exists():
        pytest.skip("this kernel does not list them")

    assert probe_isolation().seccomp


WITHOUT = """
from vlmhb_worker import walls
walls._become_user(None, 1)  # CAP_DAC_OVERRIDE alone, so that Python still starts
from vlmhb.system import isolation
isolation._BECOME = "print(65534, 65534)"
print(isolation.probe_isolation().switches_user)
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has capabilities to lose")
def test_root_that_could_not_end_another_user_takes_none():
    words = [sys.executable, "-c", WITHOUT]
    environment = {"PYTHONPATH": os.pathsep.join(sys.path)}

    assert b"False\n" == subprocess.check_output(words, env=environment, timeout=60)


FORBIDDEN = """
from vlmhb_worker import seccomp, walls
seccomp.REFUSED["landlock_create_ruleset"] = (444, 444)
walls._prctl(walls.PR_SET_NO_NEW_PRIVS, 1)
walls._filter_calls({"network": "open", "groups": []}, 1, 1)
from vlmhb.system.isolation import probe_isolation
print(probe_isolation().landlock_problem)
"""


def test_a_container_that_forbids_landlock_is_told_from_a_kernel_without():
    if not probe_isolation().seccomp or os.uname().machine not in ("x86_64", "aarch64"):
        pytest.skip("there are no filters of system calls here")
    words = [sys.executable, "-c", FORBIDDEN]
    environment = {"PYTHONPATH": os.pathsep.join(sys.path)}
    said = subprocess.check_output(words, env=environment, timeout=60, text=True)

    assert said.startswith("forbidden here")
