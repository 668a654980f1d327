"""A table takes the same memory whatever its size: the bench does the same with a gigabyte."""

from pathlib import Path

from tests.bench.tsv import measured, write_table

IMAGE_BYTES = 1_000_000


def test_ten_times_the_table_takes_no_more_memory(tmp_path: Path):
    rises = []
    for size_mb in (6, 60):
        file = tmp_path / f"{size_mb}.tsv"
        write_table(file, size_mb, IMAGE_BYTES)
        samples, rise_mib, _ = measured(file)
        file.unlink()
        rises.append(rise_mib)

        assert samples > size_mb * 1_000_000 // (2 * IMAGE_BYTES)

    assert rises[1] < rises[0] + 10


def test_an_image_larger_than_what_may_be_taken_is_read(tmp_path: Path):
    file = tmp_path / "table.tsv"
    write_table(file, 1, 45_000_000)

    samples, rise_mib, _ = measured(file)

    assert 1 == samples
    assert rise_mib < 30
