"""Records with named fields, as JSON lines and Parquet tables hold them, become samples."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from vlmhb.datasets.annotation import annotation_files, cannot_read
from vlmhb.datasets.options import Options
from vlmhb.datasets.page_files import PageFiles
from vlmhb.datasets.pages_read import PagesRead
from vlmhb.datasets.problems import Problems
from vlmhb.datasets.root import DatasetRoot
from vlmhb.datasets.values import (
    LANGUAGE,
    RecordProblem,
    as_json,
    as_text,
    choices_of,
    is_said,
    letters_of,
    texts_of,
)
from vlmhb.domain.digest import Json
from vlmhb.domain.sample import PageImage, Sample, UnreadablePage
from vlmhb.domain.task import DatasetRef
from vlmhb.system.base64_span import decoded
from vlmhb.system.images import read_kept_page
from vlmhb.system.page_cache import PageCache

OPTIONS = ("columns", "images", "language", "answer_is_index")
FIELDS: Mapping[str, tuple[str, ...]] = {
    "id": ("id",),
    "question": ("question",),
    "images": ("images", "image"),
    "answers": ("targets", "answers", "answer"),
    "choices": ("choices",),
    "doc_class": ("doc_class",),
    "question_type": ("question_type",),
    "language": ("language",),
    "group": ("group",),
    "document": ("document",),
    "split": ("split",),
    "metadata": ("metadata",),
}
"""What a field may be called in a file; the first name that is there counts."""

Page = PageImage | UnreadablePage


@dataclass(frozen=True, slots=True)
class Record:
    """What a file says of one sample."""

    number: int
    """Of all records of the dataset, from 0."""
    where: str
    """For the user: `line 3`."""
    name: str
    """What to call the pages it holds: `val.jsonl#line=3`."""
    values: Mapping[str, object]


RecordsIn = Callable[[Sequence[Path], Problems], Iterator[Record]]
"""Reads files; what is wrong with them becomes a problem."""


def read_records(
    dataset: DatasetRef, cache: PageCache, records_in: RecordsIn
) -> tuple[Sample, ...]:
    """One sample per record of the wanted split.

    Raises:
        DatasetError: naming every record that cannot be used.
    """
    root = DatasetRoot(Path(dataset.root))
    problems = Problems(cannot_read(dataset))
    files = annotation_files(dataset, root)
    records = Records.of(dataset, root, cache, problems)
    samples = tuple(records.samples(records_in(files, problems)))
    problems.raise_if_any(next_step=f"correct {Path(dataset.root, dataset.annotation)}")
    return samples


@dataclass(slots=True)
class Records:
    """Makes samples of records, one after the other."""

    dataset: DatasetRef
    files: PageFiles
    cache: PageCache
    read: PagesRead
    problems: Problems
    columns: Mapping[str, tuple[str, ...]]
    language: str
    answer_is_index: bool
    splits: set[str] = field(default_factory=set)
    _places: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(
        cls, dataset: DatasetRef, root: DatasetRoot, cache: PageCache, problems: Problems
    ) -> "Records":
        """With the options of the dataset, which are checked."""
        options = Options(dataset.options, OPTIONS, problems)
        read = PagesRead(dataset.name, cache.on_data)
        named = options.names("columns", tuple(FIELDS))
        return cls(
            dataset=dataset,
            files=PageFiles(root, problems, options.text("images"), read),
            read=read,
            cache=cache,
            problems=problems,
            columns={name: (named[name],) if name in named else FIELDS[name] for name in FIELDS},
            language=options.text("language"),
            answer_is_index=options.flag("answer_is_index"),
        )

    def samples(self, records: Iterable[Record]) -> Iterator[Sample]:
        """Those of the wanted split; what is wrong with the others becomes a problem."""
        n_records = n_wanted = 0
        for record in records:
            n_records += 1
            try:
                split = self._text(record, "split")
                self.splits.add(split)
                if self.dataset.split and split != self.dataset.split:
                    continue
                n_wanted += 1
                yield self._sample(record)
            except RecordProblem as problem:
                self.problems.add(f"{record.where}: {problem}")
        if n_records and not n_wanted and not self.problems:
            present = ", ".join(repr(name) for name in sorted(self.splits))
            self.problems.add(f"no rows in split {self.dataset.split!r}; the splits are {present}")
        elif not n_records and not self.problems:
            self.problems.add("no rows")

    def _sample(self, record: Record) -> Sample:
        identity = self._text(record, "id") or str(record.number)
        place = self._places.setdefault(identity, record.where)
        if place != record.where:
            raise RecordProblem(f"id {identity!r} is that of {place}, too")
        pages = self._pages(record)
        choices = choices_of(self._value(record, "choices"))
        answers = texts_of(self._value(record, "answers"))
        return Sample(
            id=identity,
            question=self._text(record, "question"),
            pages=pages,
            targets=letters_of(answers, choices) if self.answer_is_index else answers,
            document=self._text(record, "document") or document_of(pages) or identity,
            doc_class=self._text(record, "doc_class"),
            question_type=self._text(record, "question_type"),
            language=self._language(record),
            choices=choices,
            group=self._text(record, "group"),
            metadata=self._metadata(record),
        )

    def _value(self, record: Record, name: str) -> object:
        for column in self.columns[name]:
            if column in record.values:
                return record.values[column]
        return None

    def _text(self, record: Record, name: str) -> str:
        value = self._value(record, name)
        if value is None:
            return ""
        if isinstance(value, Mapping | bytes | list):
            raise RecordProblem(f"{name} is {type(value).__name__}, expected text")
        return as_text(value)

    def _language(self, record: Record) -> str:
        language = self._text(record, "language") or self.language
        if not LANGUAGE.fullmatch(language):
            raise RecordProblem(f"language {language!r}, expected e.g. 'ru', 'multi' or ''")
        return language

    def _pages(self, record: Record) -> tuple[Page, ...]:
        value = self._value(record, "images")
        if value is None:
            known = ", ".join(map(repr, record.values))
            wanted = " or ".join(map(repr, self.columns["images"]))
            raise RecordProblem(f"no {wanted}; it has {known}")
        items = value if isinstance(value, list) else [value]
        pages: list[Page] = []
        for number, item in enumerate(items, start=1):
            name = record.name if len(items) == 1 else f"{record.name}&image={number}"
            page = self._page(item, name, record.where)
            if page is not None:
                pages.append(page)
        return tuple(pages)

    def _page(self, item: object, name: str, where: str) -> Page | None:
        """The page; None when it is a file that cannot be used, which is noted."""
        if isinstance(item, bytes):
            return self._kept(item, name)
        if isinstance(item, str):
            return self.files.page(item, f"{where}: image")
        if isinstance(item, Mapping):
            content, text, path = item.get("bytes"), item.get("base64"), item.get("path")
            if isinstance(content, bytes):
                return self._kept(content, name)
            if isinstance(text, str):
                return self._decoded(text, name)
            if isinstance(path, str):
                return self.files.page(path, f"{where}: image")
        raise RecordProblem(
            f"an image is {type(item).__name__}, expected a path, bytes, or an object with "
            "'base64', 'bytes' or 'path'"
        )

    def _kept(self, content: bytes, name: str) -> Page:
        self.read.one_more()
        return read_kept_page(content, name, self.cache)

    def _decoded(self, text: str, name: str) -> Page:
        encoded = text.partition(";base64,")[2] if text.startswith("data:") else text
        try:
            content = decoded(encoded.encode("utf-8"))
        except ValueError:  # also of what is no Unicode text
            sha256 = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
            return UnreadablePage(name, sha256, "not base64")
        return self._kept(content, name)

    def _metadata(self, record: Record) -> dict[str, Json]:
        known = {column for columns in self.columns.values() for column in columns}
        known -= set(self.columns["split"])
        metadata = {
            name: as_json(value)
            for name, value in record.values.items()
            if name not in known and is_said(value)
        }
        own = self._value(record, "metadata")
        if isinstance(own, Mapping):
            metadata |= {str(name): as_json(value) for name, value in own.items()}
        elif own is not None:
            raise RecordProblem(f"metadata is {type(own).__name__}, expected an object")
        return metadata


def document_of(pages: Sequence[Page]) -> str:
    """Which images are shown, so that questions about the same ones count as one document."""
    if len(pages) == 1:
        return pages[0].sha256
    together = ",".join(page.sha256 for page in pages)
    return hashlib.sha256(together.encode("ascii")).hexdigest() if pages else ""
