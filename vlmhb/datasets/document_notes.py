"""What a user should know of a folder of documents besides its samples."""

from collections.abc import Sequence
from pathlib import Path

from vlmhb.datasets.document_truth import Expected
from vlmhb.datasets.folder_of_documents import look
from vlmhb.domain.run import LoadedTask

MAX_NAMED = 5


def notes_of(loaded: LoadedTask) -> tuple[str, ...]:
    """What was left out or not used, a sentence each; nothing for other datasets."""
    if loaded.task.dataset.format != "documents":
        return ()
    return (*_other_files(loaded), *_pages_left_out(loaded), *_unused_truth(loaded))


def _other_files(loaded: LoadedTask) -> list[str]:
    folder, _ = look(Path(loaded.task.dataset.root), Expected.NONE)
    if not folder.others:
        return []
    return [f"not read, because they are no documents: {_named(folder.others)}"]


def _pages_left_out(loaded: LoadedTask) -> list[str]:
    left_out: dict[str, int] = {}
    for sample in loaded.samples:
        count = sample.metadata.get("pages_left_out")
        if isinstance(count, int):
            left_out[sample.document] = count
    if not left_out:
        return []
    pages = sum(left_out.values())
    return [f"only the first pages are shown, {pages:,} are left out of {_named(list(left_out))}"]


def _unused_truth(loaded: LoadedTask) -> list[str]:
    reasons: dict[str, dict[str, None]] = {}
    for sample in loaded.samples:
        reason = sample.metadata.get("expected_unused")
        if isinstance(reason, str):
            reasons.setdefault(reason, {})[sample.document] = None
    return [
        f"what is expected is not compared for {_named(list(documents))}: {reason}"
        for reason, documents in reasons.items()
    ]


def _named(paths: Sequence[str]) -> str:
    more = f" and {len(paths) - MAX_NAMED:,} more" if len(paths) > MAX_NAMED else ""
    return ", ".join(paths[:MAX_NAMED]) + more
