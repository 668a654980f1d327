"""Weights in a folder of the user's."""

import json
import os
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from vlmhb.errors import WeightsError
from vlmhb.weights.local_folder import digest_of, files_in

LARGE_BYTES = 3 << 20


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A checkpoint whose weights are too large to be read whole."""
    folder = tmp_path / "checkpoint"
    (folder / "sub").mkdir(parents=True)
    (folder / "config.json").write_text("{}")
    (folder / "sub/modeling.py").write_text("x = 1\n")
    write_weights(folder, "a", bytes(LARGE_BYTES))
    return folder


def write_weights(folder: Path, tensor: str, numbers: bytes) -> None:
    described = {
        tensor: {"dtype": "U8", "shape": [len(numbers)], "data_offsets": [0, len(numbers)]}
    }
    # Longer than any piece that is read.
    header = b" " * 20_000 + json.dumps(described).encode()
    content = struct.pack("<Q", len(header)) + header + numbers
    (folder / "model.safetensors").write_bytes(content)


def digest(folder: Path) -> str:
    return digest_of(folder, files_in(folder))


def test_every_file_counts_with_its_size(folder):
    assert ["config.json", "model.safetensors", "sub/modeling.py"] == [
        name for name, _ in files_in(folder)
    ]
    assert ("config.json", 2) == files_in(folder)[0]


def test_a_copy_elsewhere_has_the_same_digest(folder, tmp_path):
    before = digest(folder)
    moved = folder.rename(tmp_path / "moved")
    (moved / ".git").mkdir()
    (moved / ".git/HEAD").write_text("x")

    assert before == digest(moved)


def change_code(folder: Path) -> None:
    (folder / "sub/modeling.py").write_text("x = 2\n")


def rename_tensor(folder: Path) -> None:
    write_weights(folder, "b", bytes(LARGE_BYTES))


def train_further(folder: Path) -> None:
    write_weights(folder, "a", b"\1" * LARGE_BYTES)


def change_last_number(folder: Path) -> None:
    write_weights(folder, "a", bytes(LARGE_BYTES - 1) + b"\1")


def add_file(folder: Path) -> None:
    (folder / "chat_template.jinja").write_text("")


def rename_file(folder: Path) -> None:
    (folder / "config.json").rename(folder / "config2.json")


@pytest.mark.parametrize(
    "change",
    [change_code, rename_tensor, train_further, change_last_number, add_file, rename_file],
)
def test_another_model_has_another_digest(folder: Path, change: Callable[[Path], None]):
    before = digest(folder)
    change(folder)

    assert before != digest(folder)


def test_large_weights_of_any_kind_are_looked_into(tmp_path):
    file = tmp_path / "pytorch_model.bin"
    file.write_bytes(bytes(LARGE_BYTES))
    before = digest(tmp_path)
    file.write_bytes(b"\1" * LARGE_BYTES)

    assert before != digest(tmp_path)


def test_files_behind_links_count(folder, tmp_path):
    (tmp_path / "elsewhere").write_text("[]")
    (folder / "linked.json").symlink_to(tmp_path / "elsewhere")
    before = digest(folder)
    (tmp_path / "elsewhere").write_text("{}")

    assert ("linked.json", 2) in files_in(folder)
    assert before != digest(folder)


def test_a_header_that_claims_to_be_endless_is_read_no_further_than_the_file(tmp_path):
    file = tmp_path / "model.safetensors"
    file.write_bytes(b"\xff" * 8 + bytes(LARGE_BYTES))

    assert 64 == len(digest(tmp_path))


def make_file(place: Path) -> None:
    place.write_text("")


def make_empty(place: Path) -> None:
    place.mkdir()


def make_dangling(place: Path) -> None:
    place.mkdir()
    (place / "model.safetensors").symlink_to("nowhere")


def make_nothing(_place: Path) -> None:
    pass


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (make_nothing, "there is no such folder"),
        (make_file, "a file"),
        (make_empty, "the folder is empty"),
        (make_dangling, "No such file or directory: .*model.safetensors"),
    ],
)
def test_what_is_no_model_is_refused(tmp_path: Path, make: Callable[[Path], None], expected: str):
    make(tmp_path / "place")

    with pytest.raises(WeightsError, match=expected) as caught:
        files_in(tmp_path / "place")

    assert "weights.path" in str(caught.value.next_step)


def test_a_folder_with_everything_in_it_is_no_model(tmp_path):
    for number in range(2_001):
        (tmp_path / str(number)).touch()

    with pytest.raises(WeightsError, match="more than 2000 files"):
        files_in(tmp_path)


def test_folders_behind_links_count(folder, tmp_path):
    (tmp_path / "adapter").mkdir()
    (tmp_path / "adapter/adapter.json").write_text("[]")
    (folder / "adapter").symlink_to(tmp_path / "adapter")
    before = digest(folder)
    (tmp_path / "adapter/adapter.json").write_text("{}")

    assert ("adapter/adapter.json", 2) in files_in(folder)
    assert before != digest(folder)


def test_links_in_a_circle_come_to_an_end(folder, tmp_path):
    before = files_in(folder)
    (tmp_path / "other").mkdir()
    (tmp_path / "other/back").symlink_to(folder)
    (folder / "self").symlink_to(folder)
    (folder / "other").symlink_to(tmp_path / "other")

    assert before == files_in(folder)


def test_what_has_no_content_is_not_opened(folder):
    before = files_in(folder)
    os.mkfifo(folder / "pipe")

    assert before == files_in(folder)
