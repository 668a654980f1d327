from dataclasses import replace
from pathlib import Path

import pytest

from vlmhb.domain.envspec import EnvSpec, Interpreter
from vlmhb.env.fingerprint import recipe_of
from vlmhb.env.lock import Lock
from vlmhb.errors import EnvError

LOCK = Lock(Path("linux.lock"), b"six==1.17.0\n")
PYTHON = Interpreter("/usr/bin/python3.11", "3.11.2", "3.11.2 (main) [GCC]", "cpython-311", "glibc")


@pytest.fixture
def spec(tmp_path) -> EnvSpec:
    return EnvSpec(
        name="a", folder=str(tmp_path), python=">=3.10", requirements=(), imports=("six",)
    )


def fingerprint(
    spec,
    *,
    lock=LOCK,
    inherited="",
    brought=(),
    uv_version="1",
    worker_protocol=1,
    interpreter=PYTHON,
) -> str:
    recipe = recipe_of(
        spec,
        lock,
        inherited=inherited,
        brought=brought,
        uv_version=uv_version,
        worker_protocol=worker_protocol,
    )
    return recipe.fingerprint(interpreter)


@pytest.mark.parametrize(
    "change",
    [
        {"lock": Lock(Path("linux.lock"), b"six==1.17.0")},
        {"uv_version": "2"},
        {"inherited": "other packages"},
        {"brought": (("3.11", "six-1.17.0-py3-none-any.whl", "0" * 64),)},
        {"worker_protocol": 2},
        {"interpreter": replace(PYTHON, build="3.11.2 (main) [Clang]")},
        {"interpreter": replace(PYTHON, version="3.11.3")},
        {"interpreter": replace(PYTHON, path="/opt/python")},
        {"interpreter": replace(PYTHON, libc="glibc 2.40")},
    ],
    ids="".join,
)
def test_everything_that_decides_the_contents_changes_the_fingerprint(spec, change):
    assert fingerprint(spec) != fingerprint(spec, **change)


@pytest.mark.parametrize("change", [{"variant": "cpu"}, {"imports": ()}])
def test_the_spec_s_own_share_changes_the_fingerprint(spec, change):
    assert fingerprint(spec) != fingerprint(replace(spec, **change))


@pytest.mark.parametrize("change", [{"name": "b"}, {"notes": "x"}, {"variables": {"A": "1"}}])
def test_what_the_venv_does_not_hold_leaves_the_fingerprint(spec, change):
    assert fingerprint(spec) == fingerprint(replace(spec, **change))


@pytest.mark.parametrize("wheel", ["six-1.17.0-cp38-cp38-win32.whl", "six-1.17.0-py3-none-any.whl"])
def test_what_was_built_elsewhere_for_others_leaves_the_fingerprint(spec, wheel):
    python = "3.11" if "win32" in wheel else "3.12"

    assert fingerprint(spec) == fingerprint(spec, brought=((python, wheel, "0" * 64),))


def test_an_overlay_counts_by_names_and_contents(spec):
    overlay = Path(spec.folder) / "shim"
    (overlay / "sub").mkdir(parents=True)
    (overlay / "sub" / "a.py").write_text("1")
    spec = replace(spec, overlay="shim")
    first = fingerprint(spec)
    (overlay / "sub" / "a.py").rename(overlay / "a.py")
    second = fingerprint(spec)
    (overlay / "a.py").write_text("2")

    assert 3 == len({first, second, fingerprint(spec)})


def test_an_overlay_outside_its_spec_is_refused(spec, tmp_path):
    (tmp_path.parent / "outside").mkdir(exist_ok=True)

    with pytest.raises(EnvError, match="overlay"):
        fingerprint(replace(spec, overlay="../outside"))


def test_an_overlay_with_a_link_is_refused(spec, tmp_path):
    (tmp_path / "shim").mkdir()
    (tmp_path / "shim" / "a.py").symlink_to("/etc/passwd")

    with pytest.raises(EnvError, match="without links"):
        fingerprint(replace(spec, overlay="shim"))
