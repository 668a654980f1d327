"""What a dataset format is."""

from typing import Protocol

from vlmhb.domain.sample import Sample
from vlmhb.domain.task import DatasetRef
from vlmhb.system.page_cache import PageCache


class DatasetFormat(Protocol):
    """Turns files into samples; one class per layout of files on disk."""

    def read(self, dataset: DatasetRef, pages: PageCache, /) -> tuple[Sample, ...]:
        """The samples of the wanted split, in the order of the files, ids unique.

        Images that are no files of their own and cannot be read from their place in a file, such
        as the pages of a PDF, are kept in `pages`.

        Example: a row of annotation.csv becomes `Sample(id="0", question="Какой ИНН?", ...)`.

        Raises:
            DatasetError: naming every problem found, not only the first.
        """
        ...
