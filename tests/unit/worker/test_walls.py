"""What a worker behind walls may reach, as it is told to the process that puts them up."""

import sys
from pathlib import Path

import pytest

from vlmhb.worker.walls import (
    CAP_DAC_OVERRIDE,
    CAP_DAC_READ_SEARCH,
    DEVICE,
    EXECUTE,
    FILE_RIGHTS,
    READ,
    SYSTEM,
    TRUNCATE,
    WRITE_FILE,
    Network,
    Walls,
    interpreter_paths,
    rights,
    rules,
    spec_of,
)

NEWEST = 7
PLAIN = Walls(2, None, None, NEWEST, Network.NONE)


def test_only_scratch_shared_memory_and_its_own_threads_can_be_written(tmp_path: Path) -> None:
    found = dict(rules(PLAIN, tmp_path, ()))

    writable = {path for path, given in found.items() if given & WRITE_FILE}
    assert {str(tmp_path), "/dev/shm"} <= writable
    others = writable - {str(tmp_path), "/proc/self/task"}
    assert all(path.startswith("/dev/") for path in others)
    assert rights(NEWEST) == found[str(tmp_path)]
    assert not found["/dev/shm"] & EXECUTE


def test_what_is_read_is_not_written_and_a_file_gets_no_rights_of_folders(tmp_path: Path) -> None:
    file = tmp_path / "weights"
    file.write_bytes(b"")
    found = dict(rules(PLAIN, tmp_path / "scratch", (str(file), str(tmp_path), "/nowhere")))

    assert READ & FILE_RIGHTS == found[str(file)]
    assert READ == found[str(tmp_path)]
    assert "/nowhere" not in found
    assert DEVICE & FILE_RIGHTS == found["/dev/null"]


@pytest.mark.parametrize(
    ("uid", "capability", "writable"),
    [
        (77, None, True),
        (77, CAP_DAC_READ_SEARCH, True),
        (77, CAP_DAC_OVERRIDE, False),
        (None, None, False),
    ],
)
def test_proc_is_written_by_a_user_that_owns_nothing_in_it_but_itself(
    tmp_path: Path, uid: int | None, capability: int | None, *, writable: bool
) -> None:
    found = dict(rules(Walls(2, uid, capability, NEWEST), tmp_path, ()))

    assert writable == bool(found["/proc"] & WRITE_FILE)


def test_no_home_and_no_secret_of_the_system_is_on_the_list() -> None:
    closed = (
        "/",
        "/etc",
        "/etc/shadow",
        "/etc/ssh",
        "/home",
        "/tmp",
        "/run",
        "/var",
        "/dev",
    )

    assert set() == set(SYSTEM) & set(closed)
    for path in closed[1:]:
        assert not any(Path(path).is_relative_to(one) for one in SYSTEM)


@pytest.mark.parametrize("version", range(1, NEWEST + 1))
def test_a_kernel_is_asked_for_nothing_that_it_does_not_know(tmp_path: Path, version: int) -> None:
    walls = Walls(2, None, None, version, Network.NONE)
    told = spec_of(walls, ("/bin/true",), {}, tmp_path, ())["landlock"]

    assert isinstance(told, dict)
    assert (version >= 3) == bool(told["files"] & TRUNCATE)
    assert told["words"] == 1 + (version >= 4) + (version >= 6)
    assert all(given & ~told["files"] == 0 for _, given in told["rules"])


def test_a_venv_is_read_whole_and_of_its_interpreter_no_more_than_python(tmp_path: Path) -> None:
    for name in ("home/bin", "home/lib", "home/secrets", "venv/bin"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "home/bin/python3").write_bytes(b"")
    (tmp_path / "venv/pyvenv.cfg").write_bytes(b"")
    (tmp_path / "venv/bin/python").symlink_to(tmp_path / "home/bin/python3")

    found = interpreter_paths(str(tmp_path / "venv/bin/python"))

    wanted = (tmp_path / "venv", tmp_path / "home/bin", tmp_path / "home/lib")
    assert tuple(map(str, wanted)) == found


def test_level_1_changes_the_user_and_limits_nothing_else(tmp_path: Path) -> None:
    told = spec_of(Walls(1, 77), (sys.executable,), {"A": "1"}, tmp_path, ())

    assert (77, None, None, False) == (
        told["uid"],
        told["capability"],
        told["landlock"],
        told["seccomp"],
    )
    assert {"A": "1"} == told["env"]
