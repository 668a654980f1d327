"""The cache of the hub that one worker sees."""

from pathlib import Path

import pytest

from vlmhb.domain.weights import WeightsFolder
from vlmhb.worker.hub_view import lay_out, place_of

OLD, NEW = "a" * 40, "b" * 40


def repo(tmp_path: Path, commit: str, revision: str = "") -> WeightsFolder:
    """One of the user's cache, with its files behind links."""
    folder = tmp_path / "user" / "snapshots" / commit
    (folder / "sub").mkdir(parents=True)
    blob = tmp_path / "user" / "blobs" / commit
    blob.parent.mkdir(exist_ok=True)
    blob.write_text(commit)
    (folder / "sub/config.json").symlink_to(f"../../../blobs/{commit}")
    return WeightsFolder("Org/Name", revision or commit, commit, folder, ("sub/config.json",))


def test_main_and_the_revision_are_the_commit(tmp_path):
    lay_out([repo(tmp_path, OLD, "refs/pr/7")], tmp_path)

    folder = tmp_path / "hub" / "models--Org--Name"
    assert OLD == (folder / "refs/main").read_text()
    assert OLD == (folder / "refs/refs/pr/7").read_text()
    assert OLD == (folder / "snapshots" / OLD / "sub/config.json").read_text()


def test_of_two_commits_the_first_is_main(tmp_path):
    lay_out([repo(tmp_path, OLD), repo(tmp_path, NEW)], tmp_path)

    folder = tmp_path / "hub" / "models--Org--Name"
    assert OLD == (folder / "refs/main").read_text()
    assert {OLD, NEW} == {path.name for path in (folder / "snapshots").iterdir()}


def test_what_a_model_writes_there_stays_out_of_the_users_cache(tmp_path):
    user = repo(tmp_path, OLD)

    lay_out([user], tmp_path)
    (tmp_path / place_of(user) / "sub/more.json").write_text("{}")

    assert ["config.json"] == [path.name for path in (user.folder / "sub").iterdir()]


def test_a_model_without_repos_sees_an_empty_cache(tmp_path):
    lay_out([], tmp_path)

    assert [] == list((tmp_path / "hub").iterdir())


def test_the_same_repo_twice_is_there_once(tmp_path):
    user = repo(tmp_path, OLD)

    lay_out([user, user], tmp_path)

    assert 1 == len(list((tmp_path / "hub/models--Org--Name/snapshots").iterdir()))


def test_a_cache_that_is_there_already_is_not_mixed_with_it(tmp_path):
    (tmp_path / "hub").mkdir()

    with pytest.raises(FileExistsError):
        lay_out([], tmp_path)


def test_files_that_were_not_chosen_are_not_there(tmp_path):
    user = repo(tmp_path, OLD)
    (user.folder / "pytorch_model.bin").write_text("fetched by another program")

    lay_out([user], tmp_path)

    seen = tmp_path / place_of(user)
    assert ["sub/config.json"] == [
        path.relative_to(seen).as_posix() for path in seen.rglob("*") if not path.is_dir()
    ]


def test_a_folder_of_the_users_keeps_its_name_and_gets_nothing_new(tmp_path):
    folder = tmp_path / "llava-mine"
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    mine = WeightsFolder("", "", "", folder, ("config.json",))
    scratch = tmp_path / "scratch"
    scratch.mkdir()

    lay_out([mine], scratch)
    seen = scratch / place_of(mine)
    (seen / "more.json").write_text("{}")

    assert "llava-mine" == seen.name
    assert "{}" == (seen / "config.json").read_text()
    assert [folder / "config.json"] == list(folder.iterdir())
