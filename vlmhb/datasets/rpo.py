"""VLMHyperBench's tasks about bundles of pages: of which class is each page, and in which order.

The images of a bundle are taken in the natural order of their names: VLMHyperBench takes them as
the folder lists them, which differs from machine to machine.
"""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from vlmhb.datasets.annotation import annotation_file, cannot_read
from vlmhb.datasets.options import Options
from vlmhb.datasets.pages_read import PagesRead
from vlmhb.datasets.problems import Problems
from vlmhb.datasets.root import DatasetRoot
from vlmhb.datasets.rpo_bundle import Bundle, BundlePage, BundleProblem, Bundles
from vlmhb.domain.digest import Json
from vlmhb.domain.sample import Sample
from vlmhb.domain.task import DatasetRef
from vlmhb.system.page_cache import PageCache

OPTIONS = ("classes", "pages", "language")


class RpoClassification:
    """Of which class is each page of a bundle?"""

    def read(self, dataset: DatasetRef, cache: PageCache) -> tuple[Sample, ...]:
        """One sample per bundle; the target is the numbers of the classes, `2,2,5,5,3`.

        Raises:
            DatasetError: naming every bundle that cannot be used.
        """
        return _samples(
            dataset, PagesRead(dataset.name, cache.on_data), _classified, with_order=False
        )


class RpoSorting:
    """In which order do the pages of a document come?"""

    def read(self, dataset: DatasetRef, cache: PageCache) -> tuple[Sample, ...]:
        """One sample per class with several pages in a bundle.

        The target is the numbers of the shown pages, counted from 1, in their right order. They
        are shown in an order that the names of the files do not give away, the same in each run.

        Raises:
            DatasetError: naming every bundle that cannot be used.
        """
        return _samples(dataset, PagesRead(dataset.name, cache.on_data), _ordered, with_order=True)


def _samples(
    dataset: DatasetRef,
    read: PagesRead,
    make: Callable[[Bundle, str], Iterable[Sample]],
    *,
    with_order: bool,
) -> tuple[Sample, ...]:
    problems = Problems(cannot_read(dataset))
    root = DatasetRoot(Path(dataset.root))
    options = Options(dataset.options, OPTIONS, problems)
    language = options.text("language")
    order_key = options.text("pages", "pages") if with_order else ""
    bundles = Bundles(root, problems, options.text("classes", "classes"), order_key, read)
    classes = bundles.classes(annotation_file(dataset, root))
    samples: list[Sample] = []
    for name in bundles.names(Path(dataset.root)):
        try:
            samples += make(bundles.bundle(name, classes), language)
        except BundleProblem as problem:
            problems.add(f"bundle {name}: {problem}")
    if not samples and not problems:
        problems.add("no bundles" if not with_order else "no class has several pages in a bundle")
    problems.raise_if_any(next_step=f"correct {dataset.root}")
    return tuple(samples)


def _classified(bundle: Bundle, language: str) -> Iterator[Sample]:
    yield _sample(
        bundle,
        bundle.pages,
        identity=bundle.name,
        target=",".join(page.class_number for page in bundle.pages),
        language=language,
    )


def _ordered(bundle: Bundle, language: str) -> Iterator[Sample]:
    by_class: dict[str, list[BundlePage]] = defaultdict(list)
    for page in bundle.pages:
        by_class[page.class_number].append(page)
    for number, _ in bundle.classes:
        pages = by_class[number]
        if len(pages) < 2:
            continue
        if len({page.page_number for page in pages}) < len(pages):
            raise BundleProblem(f"two pages of class {number} have the same page number")
        shown = sorted(pages, key=lambda page: _shuffled(bundle.name, page.image.sha256))
        right = sorted(shown, key=lambda page: page.page_number)
        yield _sample(
            bundle,
            shown,
            identity=f"{bundle.name}-{number}",
            target=",".join(str(shown.index(page) + 1) for page in right),
            language=language,
            class_number=number,
        )


def _sample(
    bundle: Bundle,
    pages: Iterable[BundlePage],
    *,
    identity: str,
    target: str,
    language: str,
    class_number: str = "",
) -> Sample:
    images = tuple(page.image for page in pages)
    metadata: dict[str, Json] = {"bundle": bundle.name, "n_pages": len(images)}
    return Sample(
        id=identity,
        question="",
        pages=images,
        targets=(target,),
        document=f"images/{bundle.name}",
        doc_class=dict(bundle.classes).get(class_number, class_number),
        question_type="",
        language=language,
        choices=bundle.classes,
        metadata=metadata,
    )


def _shuffled(bundle: str, sha256: str) -> str:
    """What to sort by for an order that says nothing about the pages."""
    return hashlib.sha256(f"{bundle} {sha256}".encode()).hexdigest()
