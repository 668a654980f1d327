import os
from pathlib import Path

import pytest

from vlmhb.env.digests import read_files
from vlmhb.env.manifest import Manifest
from vlmhb.env.tree import scan


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / "lib" / "deep").mkdir(parents=True)
    (tmp_path / "top.txt").write_text("top")
    (tmp_path / "lib" / "a.py").write_text("a = 1\n")
    (tmp_path / "lib" / "deep" / "b.py").write_text("b = 2\n")
    (tmp_path / "link").symlink_to("lib")
    return tmp_path


@pytest.fixture
def manifest(tree) -> Manifest:
    found = scan(tree)
    digests = read_files(tree, found.files)
    return Manifest.of(found, {path: digest.sha256 for path, digest in digests.items()})


def both(manifest: Manifest, tree: Path) -> list[tuple[str, ...]]:
    return [manifest.differences(tree), manifest.differences_in_full(tree)]


def test_an_untouched_tree_has_no_differences(tree, manifest):
    assert [(), ()] == both(manifest, tree)


def test_a_manifest_survives_its_file(manifest):
    assert manifest == Manifest.from_json(manifest.to_json())


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"links": {}}', b'{"links": {}, "x": 1}'])
def test_a_damaged_manifest_is_a_value_error(content):
    with pytest.raises(ValueError, match="not a manifest"):
        Manifest.from_json(content)


@pytest.mark.parametrize(
    ("damage", "expected"),
    [
        (lambda tree: (tree / "lib/a.py").write_text("a = 12\n"), ("changed: lib/a.py",)),
        (lambda tree: (tree / "lib/a.py").unlink(), ("missing: lib/a.py",)),
        (lambda tree: (tree / "lib/new.pth").touch(), ("extra: lib/new.pth",)),
        (lambda tree: (tree / "lib/new").mkdir(), ("extra: lib/new",)),
        (lambda tree: (tree / "new").symlink_to("/etc"), ("extra: new",)),
        (lambda tree: _point(tree / "link", "lib/deep"), ("changed: link",)),
        (lambda tree: (tree / "link").unlink(), ("changed: link",)),
    ],
)
def test_each_kind_of_damage_is_found_both_ways(tree, manifest, damage, expected):
    damage(tree)

    assert [expected, expected] == both(manifest, tree)


def _point(link: Path, target: str) -> None:
    link.unlink()
    link.symlink_to(target)


def test_a_folder_that_is_gone_is_reported_with_its_files(tree, manifest):
    (tree / "lib/deep/b.py").unlink()
    (tree / "lib/deep").rmdir()

    expected = ("missing: lib/deep/b.py", "missing: lib/deep")
    assert [expected, expected] == both(manifest, tree)


def test_a_file_replaced_by_a_link_to_its_copy_is_a_change(tree, manifest):
    path = tree / "lib/a.py"
    path.rename(tree / "lib/deep/c.py")
    path.symlink_to("deep/c.py")

    assert "changed: lib/a.py" in manifest.differences(tree)
    assert "missing: lib/a.py" in manifest.differences_in_full(tree)


def test_a_link_with_the_size_and_time_of_its_file_is_a_change(tree, manifest):
    path = tree / "lib/a.py"
    before = path.stat()
    path.unlink()
    path.symlink_to("x" * before.st_size)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns), follow_symlinks=False)

    assert ("changed: lib/a.py",) == manifest.differences(tree)


def test_content_changed_under_the_same_size_and_time_is_found_by_reading_only(tree, manifest):
    path = tree / "lib/a.py"
    before = path.stat()
    path.write_text("a = 9\n")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))

    assert [(), ("changed: lib/a.py",)] == both(manifest, tree)


def test_a_name_that_came_and_went_is_no_difference(tree, manifest):
    (tree / "lib/passing").touch()
    (tree / "lib/passing").unlink()

    assert [(), ()] == both(manifest, tree)


def test_a_link_is_as_it_was_however_its_target_is_spelled(tmp_path: Path):
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to(".//file")
    tree = scan(tmp_path)

    manifest = Manifest.of(tree, {"file": "0" * 64})

    assert () == manifest.differences(tmp_path)
