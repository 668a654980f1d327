from pathlib import Path

import pytest

from vlmhb.env.caller import Caller
from vlmhb.env.uv import Install, Uv
from vlmhb.env.uv_environment import HONOURED
from vlmhb.errors import EnvError


def test_uv_is_the_binary_of_the_wheel_by_its_absolute_path():
    uv = Uv.installed()

    assert uv.binary.is_absolute()
    assert uv.binary.is_file()


def test_uv_hears_only_of_the_settings_it_should(monkeypatch):
    foreign = {
        "UV_PYTHON": "3.8",
        "UV_LINK_MODE": "symlink",
        "UV_CONSTRAINT": "x",
        "PIP_INDEX_URL": "x",
        "VIRTUAL_ENV": "x",
        "PYTHONPATH": "x",
        "CONDA_PREFIX": "x",
        "HF_TOKEN": "secret",
    }
    for name, value in foreign.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("UV_FIND_LINKS", "/wheels")

    environment = Uv.installed().environment

    assert set() == foreign.keys() & environment.keys()
    assert "/wheels" == environment["UV_FIND_LINKS"]


def test_relative_places_are_meant_from_the_user_s_folder(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("UV_FIND_LINKS", "wheels,https://example.org/wheels,/more")
    monkeypatch.setenv("SSL_CERT_FILE", "own.pem")

    environment = Uv.installed().environment

    assert f"{tmp_path}/wheels,https://example.org/wheels,/more" == environment["UV_FIND_LINKS"]
    assert f"{tmp_path}/own.pem" == environment["SSL_CERT_FILE"]


@pytest.mark.parametrize(("value", "expected"), [("1", True), ("true", True), ("0", False)])
def test_offline_means_to_us_what_it_means_to_uv(monkeypatch, value: str, expected: bool):
    monkeypatch.setenv("UV_OFFLINE", value)

    assert expected is Uv.installed().is_offline


def test_a_relative_cache_is_meant_from_the_user_s_folder(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("UV_CACHE_DIR", "cache")

    assert str(tmp_path / "cache") == Uv.installed().environment["UV_CACHE_DIR"]


@pytest.mark.parametrize("prefix", ["PIP_", "PYTHON", "CONDA_", "VIRTUAL_ENV"])
def test_no_setting_of_another_tool_is_on_the_list(prefix):
    assert [] == [name for name in HONOURED if name.startswith(prefix)]


@pytest.mark.parametrize(
    ("expected", "environment"),
    [
        (True, {}),
        (True, {"UV_PYTHON_DOWNLOADS": "automatic"}),
        (False, {"UV_PYTHON_DOWNLOADS": "never"}),
        (False, {"UV_PYTHON_DOWNLOADS": "manual"}),
        (False, {"UV_OFFLINE": "1"}),
    ],
)
def test_a_python_is_downloaded_unless_the_user_forbids_it(expected, environment):
    assert expected is Uv(Path("/uv"), "1", environment).may_download_python


@pytest.mark.parametrize(
    ("expected", "torch", "environment"),
    [
        ([], "", {}),
        (["--torch-backend", "cpu"], "cpu", {}),
        ([], "cpu", {"UV_FIND_LINKS": "wheels"}),
        (["--torch-backend", "cu124"], "cu124", {"UV_FIND_LINKS": "wheels"}),
    ],
)
def test_the_cpu_build_comes_from_a_folder_of_wheels_where_there_is_one(
    expected, torch, environment
):
    assert expected == Uv(Path("/uv"), "1", environment)._torch_flags(torch)


def test_a_build_of_torch_that_a_bundle_brought_is_not_looked_for_elsewhere(tmp_path):
    (tmp_path / "torch-2.8.0+cu124-cp311-cp311-linux_x86_64.whl").touch()
    uv = Uv(Path("/uv"), "1", {})

    assert [] == uv._torch_flags("cu124", tmp_path)
    assert ["--torch-backend", "cpu"] == uv._torch_flags("cpu", tmp_path)


def test_a_bundle_s_wheels_come_before_the_user_s_and_are_no_argument(tmp_path):
    said = tmp_path / "said"
    binary = tmp_path / "uv"
    binary.write_text(f'#!/bin/sh\necho "$UV_FIND_LINKS $*" > {said}\n')
    binary.chmod(0o755)
    uv = Uv(binary, "1", {"PATH": "/bin:/usr/bin", "UV_FIND_LINKS": "https://me:pw@x/,/two"})

    uv.sync(tmp_path, tmp_path, Install("copy", offline=True, wheels=tmp_path), Caller())

    places, _, arguments = said.read_text().partition(" ")
    assert f"{tmp_path},https://me:pw@x/,/two" == places
    assert "me:pw" not in arguments


def test_a_cache_folder_the_user_chose_is_known_without_a_process(tmp_path):
    uv = Uv(tmp_path / "no such binary", "1", {"UV_CACHE_DIR": "/chosen"})

    assert Path("/chosen") == uv.cache_folder()


def test_a_binary_that_cannot_be_started_is_an_env_error(tmp_path):
    with pytest.raises(EnvError, match="cannot run uv cache dir"):
        Uv(tmp_path / "uv", "1", {}).cache_folder()


def test_a_sync_nobody_wants_any_more_is_killed_in_the_middle(tmp_path):
    endless = tmp_path / "uv"
    endless.write_text("#!/bin/sh\nexec sleep 600\n")
    endless.chmod(0o755)
    caller = Caller()
    caller.cancelled.set()

    with pytest.raises(EnvError, match="stopped"):
        Uv(endless, "1", {"PATH": "/bin:/usr/bin"}).sync(
            tmp_path, tmp_path, Install("copy", offline=False), caller
        )


def test_a_variable_set_to_nothing_counts_as_not_set(monkeypatch: pytest.MonkeyPatch):
    """The Makefile exports UV_FIND_LINKS empty where there is no such folder."""
    monkeypatch.setenv("UV_FIND_LINKS", "")

    assert "UV_FIND_LINKS" not in Uv.installed().environment
