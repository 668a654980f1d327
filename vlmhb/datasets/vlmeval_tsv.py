"""VLMEvalKit's tables: tab-separated, one row a sample, the images as base64 in a cell.

A table of any size is read in a bounded amount of memory: of an image cell only its place is kept.
"""

import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from vlmhb.datasets.annotation import annotation_file, cannot_read
from vlmhb.datasets.literal import list_of
from vlmhb.datasets.options import DROP_IMAGELESS, Options
from vlmhb.datasets.page_files import PageFiles
from vlmhb.datasets.problems import Problems
from vlmhb.datasets.records import document_of
from vlmhb.datasets.root import DatasetRoot
from vlmhb.datasets.vlmeval_groups import RULES, Grouped, NotGroupedError, places
from vlmhb.datasets.vlmeval_images import ImageProblem
from vlmhb.datasets.vlmeval_table import ABSENT, Table, read_table
from vlmhb.domain.digest import Json
from vlmhb.domain.sample import PageImage, Sample, UnreadablePage
from vlmhb.domain.task import DatasetRef
from vlmhb.system.page_cache import PageCache

OPTIONS = ("images", "answer", "answer_is_text", "group_by", "lists", "language", DROP_IMAGELESS)
MAX_METADATA_CHARS = 65_536
"""What is longer is no metadata to group by, and is left out."""
_NEVER_METADATA = {"index", "image", "question", "answer", "answers", *string.ascii_uppercase}

Pages = tuple[PageImage | UnreadablePage, ...]


@dataclass(frozen=True, slots=True)
class _Settings:
    """The options of the dataset, checked."""

    images: str
    answer: str
    answer_is_text: bool
    group_by: str
    lists: tuple[str, ...]
    language: str


class VlmevalTsv:
    """Reads a table and finds the images it holds or names."""

    def read(self, dataset: DatasetRef, _pages: PageCache) -> tuple[Sample, ...]:
        """One sample per row of the wanted split.

        Raises:
            DatasetError: naming every row that cannot be used, with its line.
        """
        root = DatasetRoot(Path(dataset.root))
        problems = Problems(cannot_read(dataset))
        file = annotation_file(dataset, root)
        settings = _settings(dataset, problems)
        table = read_table(file, dataset, problems)
        maker = _Maker(table, settings, PageFiles(root, problems, settings.images), problems)
        samples = tuple(maker.samples()) if table.rows else ()
        if not samples and not problems:
            problems.add("no rows")
        problems.raise_if_any(next_step=f"correct {file}")
        return samples


def _settings(dataset: DatasetRef, problems: Problems) -> _Settings:
    options = Options(dataset.options, OPTIONS, problems)
    options.flag(DROP_IMAGELESS)
    return _Settings(
        images=options.text("images"),
        answer=options.text("answer"),
        answer_is_text=options.flag("answer_is_text"),
        group_by=options.one_of("group_by", tuple(RULES), "g_index"),
        lists=options.texts("lists"),
        language=options.text("language"),
    )


@dataclass(slots=True)
class _Maker:
    """Makes samples of rows."""

    table: Table
    settings: _Settings
    files: PageFiles
    problems: Problems

    def samples(self) -> Iterator[Sample]:
        """One per row that can be used."""
        order = places(self.table.lines)
        for index, cells in self.table.rows:
            line = self.table.lines[index]
            pages = self._pages(index, cells, line)
            try:
                grouped = RULES[self.settings.group_by](index, order[index], cells)
            except NotGroupedError as problem:
                self.problems.add(f"line {line}: {problem}")
                continue
            yield self._sample(index, cells, pages, grouped)

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

    def _sample(
        self, index: str, cells: Mapping[str, str], pages: Pages, grouped: Grouped
    ) -> Sample:
        choices = tuple(
            (letter, cells[letter])
            for letter in string.ascii_uppercase
            if cells.get(letter, "") not in ABSENT
        )
        return Sample(
            id=index,
            question=cells["question"],
            pages=pages,
            targets=self._targets(cells, is_letter=bool(choices)),
            document=document_of(pages) or grouped.group or index,
            doc_class="",
            question_type="",
            language=self.settings.language,
            choices=choices,
            group=grouped.group,
            metadata={**self._metadata(cells), **grouped.place},
        )

    def _targets(self, cells: Mapping[str, str], *, is_letter: bool) -> tuple[str, ...]:
        # VizWiz has both, and its ten human answers are in the second.
        column = self.settings.answer or ("answers" if "answers" in cells else "answer")
        answer = cells.get(column, "")
        is_one = is_letter or self.settings.answer_is_text
        several = None if is_one else list_of(answer)
        if several is not None:
            return several
        return (answer,) if answer else ()

    def _metadata(self, cells: Mapping[str, str]) -> dict[str, Json]:
        return {
            name: text.split(",") if name in self.settings.lists else text
            for name, text in cells.items()
            if name not in _NEVER_METADATA
            and text not in ABSENT
            and len(text) <= MAX_METADATA_CHARS
        }
