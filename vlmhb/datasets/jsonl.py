"""JSON lines: one object a line, each a sample."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from vlmhb.datasets.problems import Problems
from vlmhb.datasets.records import Record, read_records
from vlmhb.datasets.strict_json import JsonProblem, parse
from vlmhb.domain.sample import Sample
from vlmhb.domain.task import DatasetRef
from vlmhb.system.page_cache import PageCache

MAX_LINE_BYTES = 256 << 20


class Jsonl:
    """Reads the lines and the images they hold or name."""

    def read(self, dataset: DatasetRef, pages: PageCache) -> tuple[Sample, ...]:
        """One sample per line of the wanted split.

        Raises:
            DatasetError: naming every line that cannot be used.
        """
        return read_records(dataset, pages, _records)


def _records(files: Sequence[Path], problems: Problems) -> Iterator[Record]:
    number = 0
    for file in files:
        prefix = f"{file.name}, " if len(files) > 1 else ""
        for line, text in _lines(file, prefix, problems):
            where = f"{prefix}line {line}"
            values = _object(text, where, problems)
            if values is not None:
                yield Record(number, where, f"{file.name}#line={line}", values)
            number += 1


def _lines(file: Path, prefix: str, problems: Problems) -> Iterator[tuple[int, bytes]]:
    """The lines that are not empty, with their numbers."""
    try:
        with file.open("rb") as stream:
            line = 0
            while text := stream.readline(MAX_LINE_BYTES + 1):
                line += 1
                if len(text) > MAX_LINE_BYTES:
                    problems.add(f"{prefix}line {line}: more than {MAX_LINE_BYTES:,} bytes")
                    return
                if text.strip():
                    yield line, text.rstrip()
    except OSError as error:
        problems.add(f"{prefix}{error.strerror} (errno {error.errno})")


def _object(text: bytes, where: str, problems: Problems) -> dict[str, object] | None:
    """The object of a line; None when there is none, which is noted."""
    try:
        value = parse(text)
    except JsonProblem as problem:
        problems.add(f"{where}: {problem}")
        return None
    if isinstance(value, dict):
        return value
    problems.add(f"{where}: {type(value).__name__}, expected an object")
    return None
