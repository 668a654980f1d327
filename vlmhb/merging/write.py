"""A merged run -> its folder, with the documents of any other."""

from collections.abc import Callable, Sequence
from pathlib import Path

from vlmhb.domain.results import Results
from vlmhb.errors import UsageError
from vlmhb.merging.part import Part, real_path
from vlmhb.merging.together import Together
from vlmhb.report import read_results, write_report
from vlmhb.report.page.page_pictures import picture_in
from vlmhb.store import RunDir, check_new, write_new_run


def check_place(folder: Path, runs: Sequence[Path]) -> None:
    """Do nothing when a run that is merged of `runs` may be written into `folder`.

    Raises:
        UsageError: there is something in it, or it is inside one of them.
        StorageError: the file system does not let anybody look.
    """
    check_new(folder)
    place = real_path(folder)
    if inside := next((run for run in runs if place.is_relative_to(real_path(run))), None):
        raise UsageError(
            f"cannot write a run into {folder}",
            f"it is inside of {inside}, which is to be merged",
            expected="a folder of its own: a run folder holds one run",
            next_step="name another one with --out",
        )


def write_merged(
    together: Together,
    parts: Sequence[Part],
    folder: Path,
    tell: Callable[[str], object] = lambda _stage: None,
) -> tuple[RunDir, Results]:
    """The run folder and what it shows; the folder is there when all of it is.

    `tell` hears what is done next.

    Raises:
        UsageError: there is something in `folder`.
        StorageError: the file system refused; nothing is left behind.
    """
    found: list[Results] = []

    def complete(staged: RunDir) -> None:
        tell("scoring")
        found.append(read_results(staged))
        tell("writing the report")
        write_report(found[0], staged.derived)

    tell("writing the run")
    pictures = pictures_of(together, parts)
    run_dir = write_new_run(folder, together.recorded, pictures, complete)
    return run_dir, found[0]


def pictures_of(together: Together, parts: Sequence[Part]) -> dict[str, Path]:
    """Page -> a small picture of it, of the first part that has one."""
    pages = {
        page.sha256
        for loaded in together.recorded.tasks
        for sample in loaded.samples
        for page in sample.pages
    }
    found = {}
    for sha256 in sorted(pages):
        pictures = (picture_in(part.run_dir, sha256) for part in parts)
        if picture := next(filter(None, pictures), None):
            found[sha256] = picture
    return found
