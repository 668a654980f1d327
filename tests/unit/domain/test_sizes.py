import pytest

from vlmhb.domain.sizes import gib, megabytes, number_of_megabytes


@pytest.mark.parametrize(
    ("expected", "size_bytes"),
    [("0.0", 0), ("0.1", 50_001), ("1.0", 1_000_000), ("12,345.7", 12_345_678_901)],
)
def test_files_are_told_in_megabytes_of_a_million_bytes(expected: str, size_bytes: int):
    assert expected == number_of_megabytes(size_bytes)
    assert f"{expected} MB" == megabytes(size_bytes)


@pytest.mark.parametrize(("expected", "size_bytes"), [("0.0 GiB", 0), ("1.5 GiB", 3 << 29)])
def test_memories_and_disks_are_told_in_binary_units(expected: str, size_bytes: int):
    assert expected == gib(size_bytes)
