"""The dataset formats by name."""

from difflib import get_close_matches
from importlib import import_module

from vlmhb.datasets.interface import DatasetFormat
from vlmhb.errors import DatasetError

FORMATS = {
    "annotation_csv": "vlmhb.datasets.annotation_csv:AnnotationCsv",
    "documents": "vlmhb.datasets.folder_of_documents:FolderOfDocuments",
    "jsonl": "vlmhb.datasets.jsonl:Jsonl",
    "parquet": "vlmhb.datasets.parquet:Parquet",
    "rpo_classification": "vlmhb.datasets.rpo:RpoClassification",
    "rpo_sorting": "vlmhb.datasets.rpo:RpoSorting",
    "vlmeval_tsv": "vlmhb.datasets.vlmeval_tsv:VlmevalTsv",
}


def names() -> tuple[str, ...]:
    """Every known format, sorted."""
    return tuple(sorted(FORMATS))


def find(name: str) -> DatasetFormat:
    """The format called `name`, imported now.

    Raises:
        DatasetError: there is none.
    """
    if name not in FORMATS:
        near = get_close_matches(name, FORMATS, n=1)
        raise DatasetError(
            "cannot read the dataset",
            f"unknown format {name!r}" + (f"; did you mean {near[0]!r}?" if near else ""),
            expected=f"one of {', '.join(names())}",
        )
    module, _, attribute = FORMATS[name].partition(":")
    reader: DatasetFormat = getattr(import_module(module), attribute)()
    return reader
