"""What counts as an env of a store."""

from tests.unit.env.toy_store import env_called, names, put_env
from vlmhb.env.prune import Criteria, prune, remove


def test_a_file_called_like_an_env_is_none_and_stops_nothing(tmp_path):
    put_env(tmp_path, "env", {"file": b"1"})
    put_env(tmp_path, "other", {"file": b"1"})
    stray = tmp_path / ("0" * 24)
    stray.touch()

    listed = names(tmp_path)
    pruned = prune(tmp_path, Criteria(is_wanted=lambda env: env.name == "env"))

    assert ["env", "other"] == listed
    assert ["other"] == [gone.env.name for gone in pruned.removed]
    assert remove(env_called(tmp_path, "env"))
    assert stray.exists()


def test_a_folder_called_like_an_env_is_one_that_cannot_be_read(tmp_path):
    (tmp_path / ("0" * 24)).mkdir()

    assert ["(unreadable)"] == names(tmp_path)
