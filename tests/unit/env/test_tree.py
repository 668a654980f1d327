from pathlib import Path

import pytest

from vlmhb.env.tree import scan


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "tree"
    (root / "lib" / "empty").mkdir(parents=True)
    (root / "lib" / "a.py").write_bytes(b"x" * 5000)
    (root / "top.txt").write_text("top")
    (root / "link").symlink_to("lib")
    return root


def test_every_name_is_told_by_kind(root):
    tree = scan(root)

    assert {"lib/a.py", "top.txt"} == set(tree.files)
    assert {".", "lib", "lib/empty"} == set(tree.folders)
    assert {"link": "lib"} == tree.links


def test_files_and_folders_come_with_their_times(root):
    tree = scan(root)

    assert (root / "lib/a.py").stat() == tree.files["lib/a.py"]
    assert (root / "lib").stat().st_mtime_ns == tree.folders["lib"]


def test_sizes_are_summed(root):
    assert 5003 == scan(root).size_bytes
