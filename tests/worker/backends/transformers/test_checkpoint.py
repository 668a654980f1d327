"""What lies in a checkpoint's folder."""

import hashlib
import os
from pathlib import Path

from vlmhb_worker.backends.transformers.checkpoint import (
    SMALL_WEIGHTS_BYTES,
    digests,
    read_json,
)


def test_files_that_decide_an_answer_are_hashed(tmp_path: Path):
    for name in ("config.json", "modeling_own.py", "chat_template.jinja", "small.safetensors"):
        (tmp_path / name).write_text(name)
    for name in ("README.md", "page.png"):
        (tmp_path / name).write_text("not of interest")
    (tmp_path / "folder.json").mkdir()

    found = digests(str(tmp_path))

    assert ["chat_template.jinja", "config.json", "modeling_own.py", "small.safetensors"] == list(
        found
    )
    assert "sha256:" + hashlib.sha256(b"config.json").hexdigest() == found["config.json"]


def test_large_weights_are_not_read_a_second_time(tmp_path: Path):
    large = tmp_path / "model.safetensors"
    large.touch()
    os.truncate(large, SMALL_WEIGHTS_BYTES + 1)

    assert {} == digests(str(tmp_path))


def test_a_file_that_is_missing_or_holds_no_object_reads_as_empty(tmp_path: Path):
    (tmp_path / "list.json").write_text("[1]")
    (tmp_path / "object.json").write_text('{"model_type": "llava"}')

    assert {} == read_json(str(tmp_path), "none.json")
    assert {} == read_json(str(tmp_path), "list.json")
    assert {"model_type": "llava"} == read_json(str(tmp_path), "object.json")
