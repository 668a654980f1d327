"""What a user should know of a folder of documents besides its samples."""

from collections.abc import Iterable
from pathlib import Path

from vlmhb.datasets.document_files import named
from vlmhb.datasets.document_truth import Expected
from vlmhb.datasets.folder_of_documents import look
from vlmhb.domain.run import LoadedTask
from vlmhb.domain.sample import Sample, UnreadablePage


def notes_of(loaded: LoadedTask) -> tuple[str, ...]:
    """What was left out or not used, a sentence each; nothing for other datasets."""
    if loaded.task.dataset.format != "documents":
        return ()
    return (
        *_not_read(loaded),
        *_pages_left_out(loaded),
        *_unused_truth(loaded),
        *_not_shown(loaded),
    )


def _not_read(loaded: LoadedTask) -> list[str]:
    folder, _ = look(Path(loaded.task.dataset.root), Expected.NONE)
    notes = {
        "not read, because they are no documents": folder.others,
        "not compared, because beside them is no document of that name": folder.strays,
        "not read, because they are links to folders": folder.links,
    }
    return [f"{note}: {named(paths)}" for note, paths in notes.items() if paths]


def _pages_left_out(loaded: LoadedTask) -> list[str]:
    left_out: dict[str, int] = {}
    for sample in loaded.samples:
        count = sample.metadata.get("pages_left_out")
        if isinstance(count, int):
            left_out[sample.document] = count
    if not left_out:
        return []
    pages = sum(left_out.values())
    return [f"only the first pages are shown, {pages:,} are left out of {named(list(left_out))}"]


def _unused_truth(loaded: LoadedTask) -> list[str]:
    reasons = (
        (reason, sample)
        for sample in loaded.samples
        if isinstance(reason := sample.metadata.get("expected_unused"), str)
    )
    return [
        f"what is expected is not compared for {named(documents)}: {reason}"
        for reason, documents in _by_reason(reasons)
    ]


def _not_shown(loaded: LoadedTask) -> list[str]:
    reasons = (
        (page.problem, sample)
        for sample in loaded.samples
        for page in sample.pages
        if isinstance(page, UnreadablePage)
    )
    return [
        f"fails, because it cannot be shown: {named(documents)}: {reason}"
        for reason, documents in _by_reason(reasons)
    ]


def _by_reason(reasons: Iterable[tuple[str, Sample]]) -> list[tuple[str, list[str]]]:
    """Each reason with the documents it is given for."""
    found: dict[str, dict[str, None]] = {}
    for reason, sample in reasons:
        found.setdefault(reason, {})[sample.document] = None
    return [(reason, list(documents)) for reason, documents in found.items()]
