import pytest

from vlmhb.cli.checks.sandbox import judge_isolation
from vlmhb.system.isolation import Isolation


@pytest.mark.parametrize(
    ("expected", "found"),
    [
        ("1 separate user: available", Isolation(True, 0, "x", False)),
        ("1 separate user: no", Isolation(False, 0, "x", False)),
        ("available (Landlock 7: files, TCP, signals)", Isolation(False, 7, "", True)),
        ("available (Landlock 4: files, TCP)", Isolation(False, 4, "", True)),
        ("available (Landlock 1: files)", Isolation(False, 1, "", True)),
        ("no (Landlock is not in this kernel)", Isolation(True, 0, "not in this kernel", True)),
        ("no (the kernel takes no seccomp filters)", Isolation(True, 7, "", False)),
    ],
)
def test_each_level_is_there_or_not_and_level_0_is_what_runs_use(expected: str, found: Isolation):
    check = judge_isolation(found)

    assert expected in check.found
    assert check.found.startswith("level 0 is in force in every run")
    assert "not used yet" in check.found
