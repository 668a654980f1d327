"""Which files of a repo a model needs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vlmhb.system.hub_files import HubFile, ListingError, checked_file, from_hub, is_inside
from vlmhb.weights.files import chosen


def names(paths: list[str], *include: str) -> list[str]:
    return [file.path for file in chosen([HubFile(path, 1, "") for path in paths], include)]


def test_weights_that_exist_as_safetensors_are_not_fetched_in_other_forms_too():
    expected = ["config.json", "model-1.safetensors", "model.safetensors.index.json", "modeling.py"]
    others = [
        "pytorch_model-1.bin",
        "pytorch_model.bin.index.json",
        "original/consolidated.00.pth",
        "optimizer.pt",
        "tf_model.h5",
        "flax_model.msgpack",
        "model.onnx",
        "onnx/model.json",
        "sub/onnx/decoder.onnx_data",
        "q4.gguf",
    ]

    assert expected == names([*others, *expected])


def test_a_repo_with_pickled_weights_only_is_fetched_without_those_of_other_frameworks():
    assert ["config.json", "pytorch_model.bin"] == names(
        ["tf_model.h5", "pytorch_model.bin", "config.json", "onnx/model.onnx"]
    )


def test_a_repo_for_another_framework_is_fetched_whole():
    assert ["det.onnx", "keys.txt"] == names(["keys.txt", "det.onnx"])


def test_patterns_take_what_they_match_and_nothing_else():
    paths = ["a.safetensors", "a.bin", "sub/a.bin", "config.json"]

    assert ["a.bin", "sub/a.bin"] == names(paths, "*.bin")
    assert ["config.json"] == names(paths, "config.json")
    assert [] == names(paths, "*.h5")


@pytest.mark.parametrize("path", ["a", "a/b.json", "a b/ü.json", ".gitattributes", "a..b"])
def test_a_path_below_its_folder_is_inside(path):
    assert is_inside(path)


@pytest.mark.parametrize(
    "path", ["", "/", "/a", "..", "../a", "a/../b", "a//b", "./a", "a/", "a\\b", "a\0b", "."]
)
def test_a_path_that_could_mean_another_place_is_not(path):
    assert not is_inside(path)


@given(st.text(alphabet="a./\\\0", max_size=8))
def test_what_is_inside_stays_there(path):
    depth = 0
    if is_inside(path):
        for part in path.split("/"):
            depth += -1 if part == ".." else part not in {"", "."}
            assert depth > 0


def test_a_large_file_is_known_by_the_hash_of_its_content():
    large = {"type": "file", "path": "m", "size": 7, "oid": "1" * 40}
    pointed = {**large, "size": 130, "lfs": {"oid": "f" * 64, "size": 7}}
    folder = {"type": "directory", "path": "d", "oid": "0" * 40}

    assert [HubFile("m", 7, "1" * 40), HubFile("m", 7, "f" * 64)] == from_hub(
        [large, folder, pointed]
    )


@pytest.mark.parametrize(
    "entries",
    [
        None,
        ["x"],
        [{}],
        [{"type": "file", "path": "a"}],
        [{"type": "file", "path": "a", "size": 1, "oid": "a" * 40, "lfs": "x"}],
        [{"type": "file", "path": "a", "size": "1", "oid": "a" * 40}],
        [{"type": "file", "path": "a", "size": -1, "oid": "a" * 40}],
        [{"type": "file", "path": "a", "size": 1, "oid": "../../evil"}],
        [{"type": "file", "path": "a", "size": 1, "oid": "A" * 40}],
        [{"type": "file", "path": 3, "size": 1, "oid": "a" * 40}],
    ],
)
def test_another_answer_than_a_list_of_files_is_refused(entries):
    with pytest.raises(ListingError):
        from_hub(entries)


def test_a_hash_of_another_kind_is_no_name_in_the_cache():
    with pytest.raises(ListingError, match="has the hash"):
        checked_file("a", 1, "a" * 39)
