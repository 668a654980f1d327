"""The files that say what a dataset holds."""

from pathlib import Path

from vlmhb.datasets.root import DatasetRoot, PathProblem
from vlmhb.domain.task import DatasetRef
from vlmhb.errors import DatasetError


def cannot_read(dataset: DatasetRef) -> str:
    """What we were doing when a dataset turned out to be unusable."""
    return f"cannot read dataset {dataset.name!r} from {dataset.annotation}"


def annotation_file(dataset: DatasetRef, root: DatasetRoot) -> Path:
    """The one file that describes the dataset.

    Raises:
        DatasetError: there is none below the root.
    """
    return _file(dataset, root, dataset.annotation)


def annotation_files(dataset: DatasetRef, root: DatasetRoot) -> tuple[Path, ...]:
    """The files whose names fit, where the annotation is a pattern like `data/val-*.parquet`.

    Raises:
        DatasetError: there is none below the root.
    """
    if not any(mark in dataset.annotation for mark in "*?["):
        return (annotation_file(dataset, root),)
    folder = Path(dataset.root)
    if dataset.annotation.startswith("/"):
        raise DatasetError(cannot_read(dataset), "an absolute path; it starts from the root")
    names = sorted(str(found.relative_to(folder)) for found in folder.glob(dataset.annotation))
    if not names:
        raise DatasetError(cannot_read(dataset), f"no file below {folder} fits")
    return tuple(_file(dataset, root, name) for name in names)


def _file(dataset: DatasetRef, root: DatasetRoot, name: str) -> Path:
    try:
        return root.file(name)[0]
    except PathProblem as problem:
        raise DatasetError(
            cannot_read(dataset), f"{Path(dataset.root) / name}: {problem}"
        ) from problem
