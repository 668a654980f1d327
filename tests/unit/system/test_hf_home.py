"""The hub's folder and token."""

from pathlib import Path

import pytest

from vlmhb.system.hf_home import find_hf_home, read_token

SECRET = "hf_canary_5f2c"


@pytest.mark.parametrize(
    ("expected", "variables"),
    [
        ("/a", {"HF_HOME": "/a", "XDG_CACHE_HOME": "/c", "HOME": "/h"}),
        ("/c/huggingface", {"XDG_CACHE_HOME": "/c", "HOME": "/h"}),
        ("/h/.cache/huggingface", {"HOME": "/h"}),
        ("/h/.cache/huggingface", {"HOME": "/h", "HF_HOME": "", "XDG_CACHE_HOME": ""}),
    ],
)
def test_the_folder_is_the_one_the_hub_s_library_uses(expected: str, variables: dict[str, str]):
    assert Path(expected) == find_hf_home(variables).folder


@pytest.mark.parametrize(
    ("expected", "variables"),
    [
        ("", {}),
        ("HF_TOKEN", {"HF_TOKEN": SECRET, "HUGGING_FACE_HUB_TOKEN": SECRET}),
        ("HUGGING_FACE_HUB_TOKEN", {"HF_TOKEN": " \n", "HUGGING_FACE_HUB_TOKEN": SECRET}),
    ],
)
def test_the_variable_with_a_token_is_named_and_the_token_is_not_kept(
    tmp_path: Path, expected: str, variables: dict[str, str]
):
    found = find_hf_home({"HF_HOME": str(tmp_path), **variables})

    assert expected == found.token_found_in
    assert SECRET not in repr(found)


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o604])
def test_a_token_file_counts_and_one_that_others_may_read_is_exposed(tmp_path: Path, mode: int):
    file = tmp_path / "token"
    file.write_text(SECRET)
    file.chmod(mode)
    found = find_hf_home({"HF_HOME": str(tmp_path)})

    assert (str(file), mode != 0o600) == (found.token_found_in, found.token_exposed)
    assert SECRET not in repr(found)


def test_a_token_file_elsewhere_is_found_and_an_empty_one_is_none(tmp_path: Path):
    file = tmp_path / "elsewhere"
    variables = {"HF_HOME": str(tmp_path), "HF_TOKEN_PATH": str(file)}
    file.write_text("\n")
    empty = find_hf_home(variables).token_found_in
    file.write_text(SECRET)

    assert ("", str(file)) == (empty, find_hf_home(variables).token_found_in)


def test_a_home_that_no_user_has_is_an_os_error():
    with pytest.raises(FileNotFoundError, match="no such home"):
        find_hf_home({"HF_HOME": "~nobody-has-this-name/hub"})


@pytest.mark.parametrize(
    ("expected", "variables"),
    [
        ("/cache", {"HF_HUB_CACHE": "/cache", "HUGGINGFACE_HUB_CACHE": "/b", "HF_HOME": "/h"}),
        ("/b", {"HUGGINGFACE_HUB_CACHE": "/b", "HF_HOME": "/h"}),
        ("/h/hub", {"HF_HOME": "/h"}),
        ("/home/.cache/huggingface/hub", {"HOME": "/home", "HF_HUB_CACHE": ""}),
    ],
)
def test_downloads_are_where_the_hub_s_library_keeps_them(expected: str, variables: dict[str, str]):
    assert Path(expected) == find_hf_home({"HOME": "/home", **variables}).cache


@pytest.mark.parametrize(
    ("expected", "variables"),
    [
        (False, {}),
        (False, {"HF_HUB_OFFLINE": "0", "TRANSFORMERS_OFFLINE": "1"}),
        (True, {"HF_HUB_OFFLINE": "yes"}),
        (True, {"TRANSFORMERS_OFFLINE": "1"}),
    ],
)
def test_offline_is_what_the_hub_s_library_takes_for_it(expected: bool, variables: dict[str, str]):
    assert expected == find_hf_home({"HOME": "/home", **variables}).offline


def test_a_mirror_is_named_without_a_slash_at_its_end():
    mirror = find_hf_home({"HOME": "/home", "HF_ENDPOINT": "https://mirror.example/"})

    assert "https://mirror.example" == mirror.endpoint


def test_the_token_is_that_of_the_variable_or_else_that_of_the_file(tmp_path: Path):
    variables = {"HF_HOME": str(tmp_path)}
    none = read_token(variables)
    (tmp_path / "token").write_text(f"{SECRET}\n")

    assert ("", SECRET) == (none, read_token(variables))
    assert "other" == read_token({**variables, "HF_TOKEN": " other\n"})


def test_variables_in_the_variables_are_followed_as_by_the_hubs_library(monkeypatch):
    monkeypatch.setenv("SCRATCH", "/s")

    assert Path("/s/hf") == find_hf_home({"HF_HOME": "$SCRATCH/hf"}).folder
    assert Path("/s/c/huggingface") == find_hf_home({"XDG_CACHE_HOME": "${SCRATCH}/c"}).folder
    assert Path("/s/hub") == find_hf_home({"HOME": "/h", "HF_HUB_CACHE": "$SCRATCH/hub"}).cache
    named = {"HOME": "/h", "HF_TOKEN_PATH": "$SCRATCH/token"}
    assert Path("/s/token") == find_hf_home(named).token_file
