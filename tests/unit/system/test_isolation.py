"""Walls around workers, as the kernel of this machine has them."""

import os
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
