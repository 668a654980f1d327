"""What a folder takes of its disk."""

from pathlib import Path

from vlmhb.system.folder_use import folder_use


def test_files_at_any_depth_count_and_what_links_lead_to_does_not(tmp_path: Path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "weights").write_bytes(b"x" * (4 << 20))
    folder = tmp_path / "folder"
    (folder / "a/b").mkdir(parents=True)
    (folder / "a/b/file").write_bytes(b"x" * (1 << 20))
    (folder / "file").write_bytes(b"x" * (1 << 20))
    (folder / "link").symlink_to(outside / "weights")
    (folder / "folder").symlink_to(outside)

    use = folder_use(folder)

    assert use is not None
    assert 2 << 20 <= use.size_bytes < 3 << 20
    assert use.free_bytes > 0


def test_holes_take_nothing(tmp_path: Path):
    with (tmp_path / "sparse").open("wb") as file:
        file.truncate(1 << 40)

    use = folder_use(tmp_path)

    assert use is not None
    assert use.size_bytes < 1 << 20


def test_a_folder_that_is_gone_is_none(tmp_path: Path):
    assert folder_use(tmp_path / "gone") is None
