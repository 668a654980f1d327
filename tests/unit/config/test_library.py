from pathlib import Path

import pytest

from tests.unit.config.files import MODEL, write, write_tree
from vlmhb.config import Kind, Library
from vlmhb.config.library import UnknownName
from vlmhb.system.named_files import built_in_root


def test_names_of_all_folders_are_listed_once_and_sorted(tmp_path: Path):
    first, second = write_tree(tmp_path / "1"), write_tree(tmp_path / "2")
    write(second / "configs/models/another.yml", MODEL)
    write(second / "configs/models/notes.txt", "")

    library = Library((first, second))

    assert ("another", "reader") == library.names(Kind.MODEL)
    assert ("light",) == library.names(Kind.ENVSPEC)


def test_the_first_folder_that_knows_a_name_wins(tmp_path: Path):
    first, second = write_tree(tmp_path / "1"), write_tree(tmp_path / "2")

    found = Library((second, first)).find(Kind.MODEL, "reader")

    assert second / "configs/models/reader.yaml" == found


def test_the_built_in_files_are_found_from_an_empty_folder(tmp_path: Path):
    library = Library.standard(tmp_path)

    assert "quickstart" in library.names(Kind.RUN)
    assert built_in_root() / "configs/runs/quickstart.yaml" == library.resolve(
        Kind.RUN, "configs/runs/quickstart.yaml", tmp_path
    )


def test_the_tree_around_a_file_comes_first(tmp_path: Path):
    tree = write_tree(tmp_path / "tree")

    library = Library((tmp_path,)).around(tree / "configs/runs/small.yaml")

    assert (tree, tmp_path) == library.roots


def test_many_names_are_cut_short_in_an_error(tmp_path: Path):
    for number in range(30):
        write(tmp_path / f"configs/models/m{number:02}.yaml", MODEL)

    with pytest.raises(UnknownName, match=r"known: m00, .*, m11, \.\.\.\)"):
        Library((tmp_path,)).find(Kind.MODEL, "zebra")
