"""VLMEvalKit's tables: tab-separated, one row a sample, the images as base64 in a cell.

A table of any size is read in a bounded amount of memory: of an image cell only its place is kept.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from vlmhb.datasets.annotation import annotation_file, cannot_read
from vlmhb.datasets.literal import list_of
from vlmhb.datasets.options import DROP_IMAGELESS, Options
from vlmhb.datasets.page_files import PageFiles
from vlmhb.datasets.pages_read import PagesRead
from vlmhb.datasets.problems import Problems
from vlmhb.datasets.root import DatasetRoot
from vlmhb.datasets.vlmeval_groups import NotGroupedError, places
from vlmhb.datasets.vlmeval_images import ImageProblem
from vlmhb.datasets.vlmeval_rows import OPTIONS as ROW_OPTIONS
from vlmhb.datasets.vlmeval_rows import Pages, RowReader
from vlmhb.datasets.vlmeval_table import ABSENT, Table, read_table
from vlmhb.domain.sample import Sample
from vlmhb.domain.task import DatasetRef
from vlmhb.system.page_cache import PageCache

OPTIONS = ("images", *ROW_OPTIONS, DROP_IMAGELESS)


class VlmevalTsv:
    """Reads a table and finds the images it holds or names."""

    def read(self, dataset: DatasetRef, pages: PageCache) -> tuple[Sample, ...]:
        """One sample per row of the wanted split.

        Raises:
            DatasetError: naming every row that cannot be used, with its line.
        """
        root = DatasetRoot(Path(dataset.root))
        problems = Problems(cannot_read(dataset))
        file = annotation_file(dataset, root)
        options = Options(dataset.options, OPTIONS, problems)
        options.flag(DROP_IMAGELESS)
        images, reader = options.text("images"), RowReader.of(options)
        table = read_table(file, dataset, problems)
        table.images.read = read = PagesRead(dataset.name, pages.on_data)
        table.images.cache = pages
        maker = _Maker(table, reader, PageFiles(root, problems, images, read), problems)
        samples = tuple(maker.samples()) if table.rows else ()
        if not samples and not problems:
            problems.add("no rows")
        problems.raise_if_any(next_step=f"correct {file}")
        return samples


@dataclass(slots=True)
class _Maker:
    """Makes samples of rows."""

    table: Table
    reader: RowReader
    files: PageFiles
    problems: Problems

    def samples(self) -> Iterator[Sample]:
        """One per row that can be used."""
        order = places(self.table.lines)
        for index, cells in self.table.rows:
            line = self.table.lines[index]
            pages = self._pages(index, cells, line)
            try:
                yield self.reader.sample(index, order[index], cells, pages)
            except NotGroupedError as problem:
                self.problems.add(f"line {line}: {problem}")

    def _pages(self, index: str, cells: Mapping[str, str], line: int) -> Pages:
        if index in self.table.images.cells:
            try:
                return self.table.images.pages(index)
            except ImageProblem as problem:
                self.problems.add(f"line {line}: {problem}")
            except OSError as error:
                self.problems.add(f"line {line}: {error.strerror} (errno {error.errno})")
            return ()
        written = cells.get("image_path", "")
        if written in ABSENT:
            return ()
        paths = list_of(written)
        found = (
            self.files.page(path, f"line {line}: image_path")
            for path in ((written,) if paths is None else paths)
        )
        return tuple(page for page in found if page is not None)
