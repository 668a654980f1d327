"""Bundles of pages on disk: `images/<bundle>/*.jpg`, `jsons/<bundle>.json`, `classes.json`."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vlmhb.datasets.page_files import PageFiles
from vlmhb.datasets.pages_read import PagesRead
from vlmhb.datasets.problems import Problems
from vlmhb.datasets.root import DatasetRoot, PathProblem
from vlmhb.datasets.strict_json import JsonProblem, parse
from vlmhb.domain.sample import PageImage, UnreadablePage

SUFFIXES = (".jpg", ".jpeg", ".png", ".tif", ".tiff", ".bmp", ".webp")

_DIGITS = re.compile(r"([0-9]+)")

Classes = tuple[tuple[str, str], ...]
"""(number, name) of each class."""


class BundleProblem(Exception):  # noqa: N818 - it becomes one line of a DatasetError
    """Why a bundle cannot be used; the text says it for the user."""


@dataclass(frozen=True, slots=True)
class BundlePage:
    """An image of a bundle and what is true of it."""

    image: PageImage | UnreadablePage
    class_number: str
    page_number: int
    """In its document; 0 when nobody asks for it."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """A folder of images."""

    name: str
    pages: tuple[BundlePage, ...]
    classes: Classes


@dataclass(frozen=True, slots=True)
class Bundles:
    """The bundles of a dataset; what is wrong with one becomes a problem."""

    root: DatasetRoot
    problems: Problems
    classes_key: str
    """What the classes of the pages are called in `jsons/<bundle>.json`."""
    pages_key: str
    """What their numbers are called there; empty when they are not wanted."""
    read: PagesRead

    def classes(self, file: Path) -> Classes:
        """The classes of `classes.json`: a list of names, or an object of numbers and names."""
        try:
            value = parse(file.read_bytes())
        except JsonProblem as problem:
            self.problems.add(f"{file.name}: {problem}")
            return ()
        except OSError as error:
            self.problems.add(f"{file.name}: {error.strerror} (errno {error.errno})")
            return ()
        if isinstance(value, list):
            value = {str(number): name for number, name in enumerate(value, start=1)}
        if not isinstance(value, dict) or not value:
            self.problems.add(f"{file.name}: expected a list of names, or an object of them")
            return ()
        pairs = [(str(key), str(name)) for key, name in value.items()]
        is_numbered = all(key.isdigit() for key, _ in pairs)
        return tuple(pairs if is_numbered else [(name, key) for key, name in pairs])

    def names(self, folder: Path) -> tuple[str, ...]:
        """The bundles, in natural order; each needs its images and its truth."""
        images = _entries(folder / "images", self.problems, lambda entry: entry.is_dir())
        truths = _entries(folder / "jsons", self.problems, lambda entry: entry.suffix == ".json")
        stems = {Path(name).stem for name in truths}
        for name in natural(stems - set(images)):
            self.problems.add(f"jsons/{name}.json: there is no folder images/{name}")
        for name in natural(set(images) - stems):
            self.problems.add(f"images/{name}: there is no jsons/{name}.json")
        return natural(stems & set(images))

    def bundle(self, name: str, classes: Classes) -> Bundle:
        """The pages of a bundle, in the natural order of their names.

        Raises:
            BundleProblem: its truth does not fit its images.
        """
        try:
            truth_file, _ = self.root.file(f"jsons/{name}.json")
            truth = parse(truth_file.read_bytes())
            folder = truth_file.parent.parent / "images" / name
            found = [entry.name for entry in folder.iterdir()]
        except (PathProblem, JsonProblem) as problem:
            raise BundleProblem(f"jsons/{name}.json: {problem}") from problem
        except OSError as error:
            raise BundleProblem(f"{error.filename}: {error.strerror}") from error
        images = natural(file for file in found if file.lower().endswith(SUFFIXES))
        if not images:
            raise BundleProblem("no images")
        numbers = [_number_of(item, classes) for item in _each(truth, self.classes_key, images)]
        places = (
            [_place(item) for item in _each(truth, self.pages_key, images)]
            if self.pages_key
            else [0] * len(images)
        )
        pages = PageFiles(self.root, self.problems, f"images/{name}", self.read)
        read = [pages.page(image, f"bundle {name}:") for image in images]
        return Bundle(
            name,
            tuple(
                BundlePage(page, number, place)
                for page, number, place in zip(read, numbers, places, strict=True)
                if page is not None
            ),
            classes,
        )


def natural(names: Iterable[str]) -> tuple[str, ...]:
    """Sorted as people do, 2 before 10."""

    def key(name: str) -> tuple[tuple[int, str], ...]:
        parts = _DIGITS.split(name)
        return tuple((int(part), "") if part.isdigit() else (-1, part) for part in parts)

    return tuple(sorted(names, key=lambda name: (key(name), name)))


def _entries(folder: Path, problems: Problems, is_one: Callable[[Path], bool]) -> tuple[str, ...]:
    try:
        return tuple(entry.name for entry in folder.iterdir() if is_one(entry))
    except OSError as error:
        problems.add(f"{folder.name}: {error.strerror} (errno {error.errno})")
        return ()


def _each(truth: Any, key: str, images: Sequence[str]) -> list[Any]:
    """What `truth` says of each image under `key`: in a list, or by the name of the file."""
    value = truth.get(key) if isinstance(truth, dict) else None
    if isinstance(value, list):
        if len(value) != len(images):
            raise BundleProblem(f"{len(value)} {key} for {len(images)} images")
        return value
    if isinstance(value, dict):
        by_name: Mapping[str, Any] = value
        return [_named(by_name, key, image) for image in images]
    raise BundleProblem(f"no {key!r}: a list, or an object with the names of the images")


def _named(by_name: Mapping[str, Any], key: str, image: str) -> Any:
    for name in (image, Path(image).stem):
        if name in by_name:
            return by_name[name]
    raise BundleProblem(f"{key} says nothing of {image}")


def _number_of(item: Any, classes: Classes) -> str:
    """The number of a class that may be written as its number or its name."""
    text = str(item)
    for number, name in classes:
        if text in {number, name}:
            return number
    if not classes:  # which is a problem of its own already
        return text
    raise BundleProblem(f"class {text!r}, expected one of {', '.join(name for _, name in classes)}")


def _place(item: Any) -> int:
    if isinstance(item, bool) or not isinstance(item, int):
        raise BundleProblem(f"page number {item!r}, expected a whole number")
    return item
