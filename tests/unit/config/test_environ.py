from pathlib import Path

import pytest

from vlmhb.config import read_environ


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"HOME": "/h"}, "/h/.cache/vlmhb/envs"),
        ({"HOME": "/h", "XDG_CACHE_HOME": "/c"}, "/c/vlmhb/envs"),
        ({"HOME": "/h", "XDG_CACHE_HOME": "relative"}, "/h/.cache/vlmhb/envs"),
        ({"HOME": "/h", "XDG_CACHE_HOME": ""}, "/h/.cache/vlmhb/envs"),
        ({"HOME": "/h", "XDG_CACHE_HOME": "/c", "VLMHB_ENVS": "/e"}, "/e"),
    ],
)
def test_envs_are_kept_where_the_variables_say(variables: dict[str, str], expected: str):
    assert Path(expected) == read_environ(variables).envs


def test_runs_are_kept_in_the_current_directory_unless_told():
    assert Path.cwd() / "runs" == read_environ({"HOME": "/h"}).runs
    assert Path("/r") == read_environ({"HOME": "/h", "VLMHB_RUNS": "/r"}).runs


@pytest.mark.parametrize(
    ("variables", "expected"), [({}, False), ({"NO_COLOR": ""}, False), ({"NO_COLOR": "0"}, True)]
)
def test_any_text_in_no_color_turns_colours_off(variables: dict[str, str], expected: bool):
    assert expected is read_environ({"HOME": "/h", **variables}).no_color


def test_the_process_s_own_variables_are_the_default(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("VLMHB_ENVS", "/from/process")

    assert Path("/from/process") == read_environ().envs
