"""What differs between two envs, and in which order it is suspected."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from vlmhb.domain.envspec import Env, EnvSpec, Interpreter
from vlmhb.env.difference import Side, difference
from vlmhb.env.lock import lock_path, spec_sha256

PYTHON = Interpreter("/base/python", "3.11.7", "3.11.7 (main)\n[GCC]", "cpython-311", "glibc 2.36")
ENV = Env(
    name="e@cpu",
    fingerprint="f" * 64,
    python="/venv/bin/python",
    interpreter=PYTHON,
    lock_sha256="a" * 64,
    packages=(("numpy", "1.26.4"), ("torch", "2.13.0+cpu")),
    build_s=1.0,
    size_bytes=1,
    variables={"B": "2", "A": "1"},
    platform="linux-x86_64",
    variant="cpu",
    released={"numpy==1.26.4": "2024-02-05"},
)


def side(packages: dict[str, str], **released: str) -> Side:
    return Side({}, packages, {key.replace("_", "=="): day for key, day in released.items()})


def test_the_newest_release_comes_first_and_unknown_days_last():
    before = side({"a": "1", "b": "1", "c": "1", "d": "1"})
    after = side({"a": "2", "b": "2", "c": "2", "d": "1"})
    days = {"a==2": "2024-01-01", "c==2": "2026-01-01"}

    found = difference(before, after, days)

    assert [("c", "2026-01-01"), ("a", "2024-01-01"), ("b", "")] == [
        (change.name, change.released) for change in found.changes
    ]
    assert 1 == found.same


def test_the_day_is_that_of_the_newer_version_on_whichever_side():
    days = {"a==1.9": "2020-01-01", "a==1.10": "2021-01-01"}

    found = difference(side({"a": "1.10"}), side({"a": "1.9"}), days)

    assert "2021-01-01" == found.changes[0].released


def test_what_only_one_side_has_is_told():
    found = difference(side({"gone": "1"}, gone_1="2020-01-01"), side({"new": "2"}), {})

    assert [("gone", "1", "", "2020-01-01"), ("new", "", "2", "")] == [
        (change.name, change.before, change.after, change.released) for change in found.changes
    ]


def test_a_version_nobody_can_compare_stops_nothing():
    found = difference(side({"a": "git 0123"}), side({"a": "1.0"}), {"a==1.0": "2020-01-01"})

    assert "2020-01-01" == found.changes[0].released


def test_a_built_env_tells_everything_a_result_depends_on():
    facts = Side.of_env(ENV).facts

    assert facts == {
        "envspec": "e@cpu",
        "fingerprint": "f" * 64,
        "locked": "yes",
        "python": "3.11.7",
        "python build": "3.11.7 (main) [GCC]",
        "libc": "glibc 2.36",
        "platform": "linux-x86_64",
        "variant": "cpu",
        "torch build": "cpu",
        "overlay": "none",
        "variables": "A=1 B=2",
        "lock sha256": "a" * 64,
    }


@pytest.mark.parametrize(
    ("packages", "expected"),
    [((), "none"), ((("torch", "2.6.0"),), "of the index"), ((("torch", "2+cu124"),), "cu124")],
)
def test_the_build_of_torch_is_read_from_its_version(packages, expected: str):
    facts = Side.of_env(replace(ENV, packages=packages)).facts

    assert expected == facts["torch build"]


def test_variables_that_nobody_knows_are_not_called_none():
    assert "variables" not in Side.of_env(ENV, with_variables=False).facts


def test_inherited_packages_count_and_own_ones_come_before_them():
    env = replace(ENV, inherited=(("numpy", "1.0"), ("scipy", "1.0")))

    packages = Side.of_env(env).packages

    assert {"numpy": "1.26.4", "scipy": "1.0", "torch": "2.13.0+cpu"} == packages


def test_a_package_from_git_is_its_commit():
    env = replace(ENV, commits={"torch": "0123456789abcdef"})

    assert "git 0123456789ab" == Side.of_env(env).packages["torch"]


def test_another_overlay_file_is_a_difference():
    one, other = (
        Side.of_env(replace(ENV, overlay=(("torchvision/__init__.py", digest * 64),)))
        for digest in "ab"
    )

    facts = {about: (a, b) for about, a, b in difference(one, other, {}).facts}

    assert facts["overlay"][0] != facts["overlay"][1]
    assert facts["overlay"][0].startswith("1 file, sha256 ")


@pytest.fixture
def spec(tmp_path: Path) -> EnvSpec:
    made = EnvSpec("e@cpu", str(tmp_path), imports=(), python=">=3.10", variant="cpu")
    lock_path(made).write_text(
        f"# envspec-sha256: {spec_sha256(made)}\n"
        "# git: from-git 0123456789abcdef\n"
        f"torch==2.13.0+cpu \\\n    --hash=sha256:{'0' * 64}\n"
        f"extras[all]==1.0 ; python_full_version < '3.11' --hash=sha256:{'1' * 64}\n"
        f"extras[all]==2.0 ; python_full_version >= '3.11' --hash=sha256:{'2' * 64}\n"
        "# released: 2026-07-08 torch==2.13.0+cpu\n"
    )
    return made


def test_a_lock_tells_what_a_build_would_hold(spec: EnvSpec):
    side = Side.of_spec(spec)

    assert {
        "torch": "2.13.0+cpu",
        "extras": "1.0 or 2.0",
        "from-git": "git 0123456789ab",
    } == side.packages
    assert {"torch==2.13.0+cpu": "2026-07-08"} == side.released
    assert ("cpu", ">=3.10") == (side.facts["torch build"], side.facts["python asked for"])
    assert "python" not in side.facts


def test_a_spec_that_borrows_an_env_is_what_that_env_holds(tmp_path: Path):
    spec = EnvSpec("lent", str(tmp_path), imports=(), interpreter=sys.executable)

    side = Side.of_spec(spec)

    assert "no" == side.facts["locked"]
    assert sys.version.split()[0] == side.facts["python"]
    assert "pytest" in side.packages
    assert "fingerprint" not in side.facts


def test_a_byte_that_is_no_utf_8_in_a_lock_s_comment_does_no_harm(spec: EnvSpec):
    path = lock_path(spec)
    path.write_bytes(path.read_bytes() + b"# caf\xe9\n")

    assert "2.13.0+cpu" == Side.of_spec(spec).packages["torch"]
