import pytest

from vlmhb.cli.checks.sandbox import judge_sandbox
from vlmhb.domain.sandbox import Sandbox
from vlmhb.system.isolation import Isolation

TIGHT = Sandbox(2, "its own", "none", 7, {"read": "denied", "write": "denied"})
LOOSE = Sandbox(1, "its own", "open", 0, {"read": "denied", "send": "allowed"}, ("level 2: no",))


@pytest.mark.parametrize(
    ("expected", "sandbox", "found"),
    [
        ("runs get level 2 here", TIGHT, Isolation(True, 7, "", True)),
        ("2 of 2 attempts to get out were denied", TIGHT, Isolation(True, 7, "", True)),
        ("1 of 2 attempts to get out were denied", LOOSE, Isolation(True, 7, "", True)),
        ("no higher: level 2: no", LOOSE, Isolation(True, 0, "x", True)),
        ("no defence against malicious ones", Sandbox(0), Isolation(False, 0, "x", False)),
        ("Landlock 7: files, TCP, signals", TIGHT, Isolation(False, 7, "", True)),
        ("Landlock 4: files, TCP", TIGHT, Isolation(False, 4, "", True)),
        ("Landlock 1: files", TIGHT, Isolation(False, 1, "", True)),
        ("Landlock is not in this kernel", LOOSE, Isolation(True, 0, "not in this kernel", True)),
        ("and no seccomp filters", LOOSE, Isolation(True, 7, "", False)),
    ],
)
def test_what_is_in_force_is_said_with_what_it_was_found_by(
    expected: str, sandbox: Sandbox, found: Isolation
):
    assert expected in judge_sandbox(sandbox, found).found
