from dataclasses import replace
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from vlmhb.domain.envspec import EnvSpec, Interpreter
from vlmhb.env.lock import Lock
from vlmhb.env.wheel import (
    applies,
    best_wheel,
    brought,
    built_folder,
    built_packages,
    built_wheels,
    suits,
    write_sums,
)


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


@pytest.fixture
def spec(tmp_path) -> EnvSpec:
    return EnvSpec(
        name="toy",
        folder=str(tmp_path),
        python=">=3.10",
        imports=("toy",),
        no_deps=("toy-a==1.0", f"toy-b @ git+https://localhost/toy@{'0' * 40}", "toy-c==2.0"),
        build={"toy-a": "there is no wheel", "toy-b": "there is no wheel"},
    )


LOCK = Lock(
    Path("linux-x86_64.lock"),
    b"six==1.0 --hash=sha256:1\ntoy-a==1.0 --hash=sha256:2\ntoy-c==2.0 --hash=sha256:3\n",
)
A = "toy_a-1.0-cp311-cp311-linux_x86_64.whl"
B = "toy_b-7.0-py3-none-any.whl"


def bring(wheels: Path, *names: str, lock: Lock = LOCK) -> Path:
    folder = wheels / "built" / built_folder(lock.sha256, "3.11.7")
    folder.mkdir(parents=True)
    write_sums(folder, dict.fromkeys(names, "0" * 64))
    return folder


def test_what_is_built_from_source_is_what_the_spec_says_and_what_comes_from_git(spec):
    assert {"toy-a": "1.0", "toy-b": ""} == built_packages(spec, LOCK)


def test_what_a_bundle_brought_is_found_by_lock_and_python(tmp_path, spec):
    folder = bring(tmp_path, A, B)
    here = python("3.11.9")

    found = brought(tmp_path, spec, LOCK)

    assert (("3.11", A, "0" * 64), ("3.11", B, "0" * 64)) == found
    assert [
        f"toy-a @ {folder.as_uri()}/{A} --hash=sha256:{'0' * 64}",
        f"toy-b @ {folder.as_uri()}/{B} --hash=sha256:{'0' * 64}",
    ] == [wheel.requirement for wheel in built_wheels(tmp_path, found, LOCK, here)]
    assert () == built_wheels(tmp_path, found, LOCK, python("3.12.0"))
    assert () == brought(tmp_path, spec, Lock(LOCK.path, LOCK.content + b"# another"))
    assert () == brought(tmp_path / "none", spec, LOCK)


@pytest.mark.parametrize(
    "names",
    [
        (A,),
        (A, B, "six-1.0-py3-none-any.whl"),
        (A, B, "toy_c-2.0-py3-none-any.whl"),
        (A, B, "toy_a-1.0-py3-none-any.whl"),
        (A.replace("1.0", "1.1"), B),
        (A, "toy_b.whl"),
        (A, f"../{B}"),
    ],
)
def test_what_is_not_exactly_what_the_spec_has_built_is_left_alone(tmp_path, spec, names):
    bring(tmp_path, *names)

    assert () == brought(tmp_path, spec, LOCK)


def test_a_spec_that_builds_nothing_takes_nothing_that_was_built(tmp_path, spec):
    bring(tmp_path, "six-1.0-py3-none-any.whl")

    assert () == brought(tmp_path, replace(spec, no_deps=(), build={}), LOCK)


def test_what_was_built_for_another_kind_of_machine_is_left_alone(tmp_path, spec):
    bring(tmp_path, "toy_a-1.0-cp311-cp311-manylinux_2_99_x86_64.whl", B)

    found = brought(tmp_path, spec, LOCK)

    assert () == built_wheels(tmp_path, found, LOCK, python("3.11.7"))
