"""Envspecs on their way to nodes."""

import shutil
import tempfile
from collections import UserDict
from collections.abc import Callable, ItemsView
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


def test_a_file_of_another_name_makes_another_spec(spec: EnvSpec, tmp_path: Path):
    one = SentSpec(spec, {"overlay/a.py": b"x", "overlay/b.py": b""})
    other = SentSpec(spec, {"overlay/a.py": b"", "overlay/b.py": b"x"})

    assert one.placed(tmp_path / "node").folder != other.placed(tmp_path / "node").folder


def test_files_are_written_beside_their_place(
    spec: EnvSpec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Another folder may be on another disk, from which nothing can be renamed to it."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "not there"))

    placed = SentSpec.of(spec).placed(tmp_path / "node")

    assert (Path(placed.folder) / "envspec.yaml").exists()


class Watched(UserDict[str, bytes]):
    """Files while which are read something happens."""

    def __init__(self, files: dict[str, bytes], meanwhile: Callable[[], object]) -> None:
        super().__init__(files)
        self._meanwhile = meanwhile

    def items(self) -> ItemsView[str, bytes]:
        self._meanwhile()
        return super().items()


def test_another_process_may_be_first_with_the_same(spec: EnvSpec, tmp_path: Path):
    files = dict(SentSpec.of(spec).files)
    others: list[EnvSpec] = []

    def meanwhile() -> None:
        reads.append("once more")
        if len(reads) == 2:  # the first time is for the name of the place
            others.append(SentSpec(spec, files).placed(tmp_path / "node"))

    reads: list[str] = []
    placed = SentSpec(spec, Watched(files, meanwhile)).placed(tmp_path / "node")

    assert [placed] == others
    assert [] == list((tmp_path / "node").glob("*/tmp*"))


def test_a_place_that_cannot_be_taken_is_no_place(spec: EnvSpec, tmp_path: Path):
    sent = SentSpec.of(spec)
    folder = Path(sent.placed(tmp_path / "node").folder)
    shutil.rmtree(folder)
    folder.symlink_to("nowhere")

    with pytest.raises(OSError, match="toy"):
        sent.placed(tmp_path / "node")
