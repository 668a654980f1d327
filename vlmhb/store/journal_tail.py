"""The outcomes of a journal that somebody else is writing, as they come."""

from collections.abc import Iterator
from pathlib import Path

from vlmhb.domain.answer import Outcome
from vlmhb.store.journal import outcome_of
from vlmhb.store.journal_lines import BadLine, lines_of


class JournalTail:
    """Where one who follows a journal has come to."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read_bytes = 0

    def new(self) -> Iterator[Outcome]:
        """Those whose lines became whole since the last call.

        A line that is not whole is looked at again next time, and so is one that is damaged: what
        that means is for who reads the journal in earnest.

        Raises:
            OSError: it cannot be read.
            ValueError: a line holds something else than an outcome.
        """
        with self._path.open("rb") as file:
            file.seek(self._read_bytes)
            for line in lines_of(file):
                if isinstance(line, BadLine):
                    return
                is_header = self._read_bytes == 0
                self._read_bytes += line.size_bytes
                if not is_header:
                    yield outcome_of(line.text)
