"""Parquet tables as the datasets of the hub are published: one row a sample, images as bytes."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from vlmhb.datasets.annotation import cannot_read
from vlmhb.datasets.problems import Problems
from vlmhb.datasets.records import Record, read_records
from vlmhb.domain.sample import Sample
from vlmhb.domain.task import DatasetRef
from vlmhb.errors import DatasetError
from vlmhb.system.page_cache import PageCache

ROWS_AT_ONCE = 8
BUFFER_BYTES = 1 << 20


class Parquet:
    """Reads tables a few rows at a time; the images in them are kept in the page cache."""

    def read(self, dataset: DatasetRef, pages: PageCache) -> tuple[Sample, ...]:
        """One sample per row of the wanted split.

        Raises:
            DatasetError: naming every row that cannot be used, or pyarrow is not installed.
        """
        _check_installed(dataset)
        return read_records(dataset, pages, _records)


def _check_installed(dataset: DatasetRef) -> None:
    try:
        import pyarrow  # noqa: F401, PLC0415 - optional, and slow to import
    except ImportError as error:
        raise DatasetError(
            cannot_read(dataset),
            "pyarrow is not installed",
            next_step="pip install 'vlmhb[parquet]'",
        ) from error


def _records(files: Sequence[Path], problems: Problems) -> Iterator[Record]:
    from pyarrow import ArrowException  # noqa: PLC0415 - optional, and slow to import

    number = 0
    for file in files:
        prefix = f"{file.name}, " if len(files) > 1 else ""
        try:
            for row, values in enumerate(_rows(file)):
                yield Record(number, f"{prefix}row {row}", f"{file.name}#row={row}", values)
                number += 1
        except (ArrowException, OSError) as error:
            problems.add(f"{prefix}{str(error).splitlines()[0]}")


def _rows(file: Path) -> Iterator[dict[str, object]]:
    from pyarrow.parquet import ParquetFile  # noqa: PLC0415 - optional, and slow to import

    with ParquetFile(file, pre_buffer=False, buffer_size=BUFFER_BYTES) as table:
        for batch in table.iter_batches(batch_size=ROWS_AT_ONCE, use_threads=False):
            yield from batch.to_pylist()
