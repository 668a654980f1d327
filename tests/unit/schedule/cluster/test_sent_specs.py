"""Envspecs on their way to nodes."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from tests.build import envspec
from vlmhb.domain.envspec import EnvSpec
from vlmhb.env import contents_sha256
from vlmhb.schedule.cluster.sent_specs import SentSpec

TOY = Path(__file__).parents[4] / "envspecs/toy"


@pytest.fixture
def spec(tmp_path: Path) -> EnvSpec:
    """With an overlay, and a lock for another variant."""
    folder = tmp_path / "driver/toy"
    shutil.copytree(TOY, folder)
    (folder / "overlay/inside").mkdir(parents=True)
    (folder / "overlay/inside/extra.py").write_text("x = 1\n")
    (folder / "linux-x86_64-cu124.lock").write_text("other\n")
    return replace(envspec("toy"), folder=str(folder), python=">=3.10", overlay="overlay")


def test_a_node_that_has_no_such_folder_gets_the_same_env(spec: EnvSpec, tmp_path: Path):
    expected = contents_sha256(spec)
    sent = SentSpec.of(spec)
    shutil.rmtree(tmp_path / "driver")

    placed = sent.placed(tmp_path / "node")

    assert expected == contents_sha256(placed)
    assert Path(placed.folder).is_relative_to(tmp_path / "node")
    assert "toy" == Path(placed.folder).name
    assert ["envspec.yaml", "linux-x86_64.lock", "overlay/inside/extra.py"] == sorted(sent.files)


def test_what_is_there_is_used_and_another_spec_of_the_same_name_has_another_place(
    spec: EnvSpec, tmp_path: Path
):
    first = SentSpec.of(spec).placed(tmp_path / "node")
    (Path(first.folder) / "seen").touch()

    again = SentSpec.of(spec).placed(tmp_path / "node")
    (Path(spec.folder) / "overlay/inside/extra.py").write_text("x = 2\n")
    changed = SentSpec.of(spec).placed(tmp_path / "node")

    assert first == again
    assert (Path(again.folder) / "seen").exists()
    assert changed.folder != first.folder
    assert [] == list((tmp_path / "node").glob("*/tmp*"))
