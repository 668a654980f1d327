"""Where VLMEvalKit's users have its datasets."""

from pathlib import Path

from vlmhb.system.lmu_data import find_lmu_data


def test_the_variable_wins_over_the_home(tmp_path: Path):
    for name in ("named", "LMUData"):
        (tmp_path / name).mkdir()
    home = {"HOME": str(tmp_path)}

    assert tmp_path / "named" == find_lmu_data(home | {"LMUData": str(tmp_path / "named")})
    assert tmp_path / "LMUData" == find_lmu_data(home)


def test_a_variable_that_names_no_folder_counts_for_nothing(tmp_path: Path):
    (tmp_path / "LMUData").mkdir()

    found = find_lmu_data({"HOME": str(tmp_path), "LMUData": str(tmp_path / "gone")})

    assert tmp_path / "LMUData" == found


def test_without_either_there_is_none(tmp_path: Path):
    assert find_lmu_data({"HOME": str(tmp_path)}) is None
    assert find_lmu_data({}) is None
