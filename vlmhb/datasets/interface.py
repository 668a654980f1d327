"""What a dataset format is."""

from typing import Protocol

from vlmhb.domain.sample import Sample
from vlmhb.domain.task import DatasetRef


class DatasetFormat(Protocol):
    """Turns files into samples; one class per layout of files on disk."""

    def read(self, dataset: DatasetRef) -> tuple[Sample, ...]:
        """The samples of the wanted split, in the order of the files, ids unique.

        Example: a row of annotation.csv becomes `Sample(id="0", question="Какой ИНН?", ...)`.

        Raises:
            DatasetError: naming every problem found, not only the first.
        """
        ...
