from collections.abc import Iterator

from vlmhb.cli.checks.check import Check, Status, isolated
from vlmhb.errors import EnvError

FINE = Check("fine", Status.OK, "found")


def failing(error: Exception) -> Iterator[Check]:
    yield FINE
    raise error


def test_an_error_of_the_system_becomes_a_check_after_those_made_before_it():
    error = OSError(28, "No space left on device", "/here/file")
    found = list(isolated("name", lambda: failing(error), fix="mend it"))

    expected = Check("name", Status.FAIL, "/here/file: No space left on device", "mend it")
    assert [FINE, expected] == found


def test_an_error_of_ours_brings_its_own_fix():
    error = EnvError("cannot build", "no wheel", next_step="build again")
    (_, found) = isolated("name", lambda: failing(error), fix="mend it", status=Status.WARN)

    assert Check("name", Status.WARN, "cannot build: no wheel", "build again") == found


def test_an_error_without_a_fix_gets_the_check_s_own():
    (_, found) = isolated("name", lambda: failing(EnvError("a", "b")), fix="mend it")

    assert "mend it" == found.fix
