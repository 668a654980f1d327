import pytest
from packaging.requirements import Requirement

from vlmhb.domain.envspec import Interpreter
from vlmhb.env.lock import Lock
from vlmhb.env.wheel import applies, best_wheel, brought, built_folder, suits, write_sums


def python(version: str, build: str = "main") -> Interpreter:
    return Interpreter("/usr/bin/python3", version, build, "cpython", "glibc 2.36")


WHEELS = [
    "toy-1.0-py3-none-any.whl",
    "toy-1.0-cp310-cp310-manylinux_2_17_x86_64.whl",
    "toy-1.0-cp311-cp311-manylinux_2_17_x86_64.whl",
    "toy-1.0-cp311-cp311-musllinux_1_2_x86_64.whl",
    "toy-1.0-cp311-cp311-win_amd64.whl",
    "toy-1.0-cp314-cp314t-manylinux_2_17_x86_64.whl",
    "not a wheel.whl",
]


@pytest.mark.parametrize(
    ("version", "build", "expected"),
    [
        ("3.10.4", "main", WHEELS[1]),
        ("3.11.7", "main", WHEELS[2]),
        ("3.12.1", "main", WHEELS[0]),
        ("3.14.0", "main", WHEELS[0]),
        ("3.14.0", "free-threading build", WHEELS[5]),
    ],
)
def test_the_wheel_is_the_one_an_installer_takes(version, build, expected):
    assert expected == best_wheel(WHEELS, python(version, build))


def test_of_equal_wheels_the_one_with_the_highest_build_number_is_taken():
    names = [f"toy-1.0-{build}-py3-none-any.whl" for build in (2, 10, 9)]

    assert names[1] == best_wheel(names, python("3.11.7"))


def test_a_stable_abi_suits_every_later_python():
    name = "toy-1.0-cp37-abi3-manylinux2014_x86_64.whl"

    assert suits(name, python("3.13.0"))
    assert not suits(name.replace("cp37", "cp314"), python("3.13.0"))


def test_no_wheel_is_taken_where_none_fits():
    assert best_wheel(WHEELS[3:5], python("3.11.7")) is None


def test_conditions_are_about_the_interpreter_and_not_about_the_host():
    requirement = Requirement("toy==1.0 ; python_version < '3.9' and sys_platform == 'linux'")

    assert applies(requirement, python("3.8.20"))
    assert not applies(requirement, python("3.10.1"))


def test_what_a_bundle_brought_is_found_by_lock_and_python(tmp_path):
    lock = Lock(tmp_path / "linux-x86_64.lock", b"toy==1.0")
    folder = tmp_path / "built" / built_folder(lock.sha256, "3.11.7")
    folder.mkdir(parents=True)
    write_sums(folder, {"toy_a-1.0-cp311-cp311-linux_x86_64.whl": "0" * 64})
    wanted = f"toy-a @ {folder.as_uri()}/toy_a-1.0-cp311-cp311-linux_x86_64.whl"

    assert [f"{wanted} --hash=sha256:{'0' * 64}"] == brought(tmp_path, lock, python("3.11.9"))
    assert [] == brought(tmp_path, lock, python("3.12.0"))
    assert [] == brought(tmp_path, Lock(lock.path, b"toy==1.1"), python("3.11.7"))
    assert [] == brought(None, lock, python("3.11.7"))


def test_what_was_built_for_another_kind_of_machine_is_left_alone(tmp_path):
    lock = Lock(tmp_path / "linux-x86_64.lock", b"toy==1.0")
    folder = tmp_path / "built" / built_folder(lock.sha256, "3.11.7")
    folder.mkdir(parents=True)
    write_sums(folder, {"toy_a-1.0-cp311-cp311-manylinux_2_99_x86_64.whl": "0" * 64})

    assert [] == brought(tmp_path, lock, python("3.11.7"))
