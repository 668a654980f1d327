"""The cache of the hub that one worker sees."""

from pathlib import Path

import pytest

from vlmhb.domain.weights import CachedRepo
from vlmhb.worker.hub_view import lay_out

OLD, NEW = "a" * 40, "b" * 40


def repo(tmp_path: Path, commit: str, revision: str = "") -> CachedRepo:
    """One of the user's cache, with its files behind links."""
    folder = tmp_path / "user" / "snapshots" / commit
    (folder / "sub").mkdir(parents=True)
    blob = tmp_path / "user" / "blobs" / commit
    blob.parent.mkdir(exist_ok=True)
    blob.write_text(commit)
    (folder / "sub/config.json").symlink_to(f"../../../blobs/{commit}")
    return CachedRepo("Org/Name", revision or commit, commit, folder)


def test_main_and_the_revision_are_the_commit(tmp_path):
    hub = tmp_path / "hub"

    lay_out([repo(tmp_path, OLD, "refs/pr/7")], hub)

    folder = hub / "models--Org--Name"
    assert OLD == (folder / "refs/main").read_text()
    assert OLD == (folder / "refs/refs/pr/7").read_text()
    assert OLD == (folder / "snapshots" / OLD / "sub/config.json").read_text()


def test_of_two_commits_the_first_is_main(tmp_path):
    hub = tmp_path / "hub"

    lay_out([repo(tmp_path, OLD), repo(tmp_path, NEW)], hub)

    folder = hub / "models--Org--Name"
    assert OLD == (folder / "refs/main").read_text()
    assert {OLD, NEW} == {path.name for path in (folder / "snapshots").iterdir()}


def test_what_a_model_writes_there_stays_out_of_the_users_cache(tmp_path):
    hub, user = tmp_path / "hub", repo(tmp_path, OLD)

    lay_out([user], hub)
    (hub / "models--Org--Name/snapshots" / OLD / "sub/more.json").write_text("{}")

    assert ["config.json"] == [path.name for path in (user.folder / "sub").iterdir()]


def test_a_model_without_repos_sees_an_empty_cache(tmp_path):
    lay_out([], tmp_path / "hub")

    assert [] == list((tmp_path / "hub").iterdir())


def test_the_same_repo_twice_is_there_once(tmp_path):
    user = repo(tmp_path, OLD)

    lay_out([user, user], tmp_path / "hub")

    assert 1 == len(list((tmp_path / "hub/models--Org--Name/snapshots").iterdir()))


def test_a_cache_that_is_there_already_is_not_mixed_with_it(tmp_path):
    (tmp_path / "hub").mkdir()

    with pytest.raises(FileExistsError):
        lay_out([], tmp_path / "hub")
