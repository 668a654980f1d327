"""A driver that only LD_LIBRARY_PATH knows is found, and nothing that others could put there."""

import os
from pathlib import Path

import pytest

from vlmhb.system.drivers import driver_folders, with_folders


@pytest.fixture
def driver(tmp_path: Path) -> Path:
    folder = tmp_path / "driver"
    folder.mkdir(mode=0o755)
    (folder / "libcuda.so.550.90").write_bytes(b"")
    (folder / "libcuda.so.550.90").chmod(0o755)
    (folder / "libcuda.so.1").symlink_to("libcuda.so.550.90")
    return folder.resolve()


def told(monkeypatch: pytest.MonkeyPatch, *folders: object) -> tuple[str, ...]:
    monkeypatch.setenv("LD_LIBRARY_PATH", ":".join(str(folder) for folder in folders))
    return driver_folders()


def test_nothing_is_told_of_no_driver(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("LD_LIBRARY_PATH", raising=False)

    assert () == driver_folders()


def test_folders_with_the_driver_are_found_in_their_order(
    monkeypatch: pytest.MonkeyPatch, driver: Path, tmp_path: Path
):
    other, plain = tmp_path / "compat", tmp_path / "plain"
    for folder in (other, plain):
        folder.mkdir(mode=0o755)
    (other / "libnvidia-ml.so.1").touch(mode=0o644)
    (plain / "libcudart.so.12").touch(mode=0o644)

    found = told(monkeypatch, other, "", plain, driver, tmp_path / "missing", driver)

    assert (str(other.resolve()), str(driver)) == found


def test_a_folder_is_named_by_where_it_really_is(
    monkeypatch: pytest.MonkeyPatch, driver: Path, tmp_path: Path
):
    (tmp_path / "link").symlink_to(driver)

    assert (str(driver),) == told(monkeypatch, tmp_path / "link", tmp_path / "link/../driver")


def test_no_folder_depends_on_where_vlmhb_is_started(monkeypatch: pytest.MonkeyPatch, driver: Path):
    monkeypatch.chdir(driver)

    assert () == told(monkeypatch, "", ".", "../driver")


@pytest.mark.parametrize("mode", [0o775, 0o757, 0o1777])
def test_what_others_may_add_to_is_not_passed_on(
    monkeypatch: pytest.MonkeyPatch, driver: Path, mode: int
):
    driver.chmod(mode)

    assert () == told(monkeypatch, driver)


def test_what_others_may_replace_is_not_passed_on(
    monkeypatch: pytest.MonkeyPatch, driver: Path, tmp_path: Path
):
    tmp_path.chmod(0o777)
    replaceable = told(monkeypatch, driver)
    tmp_path.chmod(0o1777)
    kept = told(monkeypatch, driver)

    assert () == replaceable
    assert (str(driver),) == kept


def test_a_library_that_others_may_write_is_not_passed_on(
    monkeypatch: pytest.MonkeyPatch, driver: Path
):
    (driver / "libcuda.so.550.90").chmod(0o666)

    assert () == told(monkeypatch, driver)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
@pytest.mark.parametrize("name", ["", "libcuda.so.550.90"])
def test_what_belongs_to_another_user_is_not_passed_on(
    monkeypatch: pytest.MonkeyPatch, driver: Path, name: str
):
    os.chown(driver / name, 4321, -1)

    assert () == told(monkeypatch, driver)


def test_folders_that_every_program_looks_in_are_not_put_first(
    monkeypatch: pytest.MonkeyPatch, driver: Path
):
    usual = [path for path in Path("/usr/lib").glob("*-linux-gnu") if (path / "libc.so.6").exists()]
    monkeypatch.setenv("LD_LIBRARY_PATH", ":".join(map(str, ("/usr/lib64", *usual, driver))))

    assert (str(driver),) == driver_folders(("libc.so.6", "libcuda.so.1"))


def test_they_come_after_what_an_env_looks_in_itself():
    assert {"LD_LIBRARY_PATH": "/own:/driver"} == with_folders(
        {"LD_LIBRARY_PATH": "/own"}, ("/driver",)
    )
    assert {"LD_LIBRARY_PATH": "/a:/b"} == with_folders({}, ("/a", "/b"))
    assert {"TZ": "UTC"} == with_folders({"TZ": "UTC"}, ())
