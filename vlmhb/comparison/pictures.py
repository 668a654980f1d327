"""Pictures of the pages of changed samples, from the folders of the runs."""

from collections.abc import Sequence

from vlmhb.comparison.aligned import Aligned
from vlmhb.comparison.changed import ChangedSample, both_ends
from vlmhb.report.page.page_pictures import picture_in
from vlmhb.store import RunDir

FOLDER = "comparison_files"
"""Beside comparison.html."""
SHOWN_PAGES = 8
"""Of each sample."""


def pictures_of(aligned: Aligned, changed: Sequence[ChangedSample]) -> dict[str, str]:
    """sha256 of a page -> absolute path of its picture in B or in A, of the samples shown.

    A run of answers that were imported has no pictures, nor has one that was carried here without
    its `pages/`.
    """
    runs = [RunDir(side.side.run.folder.resolve()) for side in (aligned.b, aligned.a)]
    found = {}
    for one in both_ends(changed):
        for page in one.sample.pages[:SHOWN_PAGES]:
            paths = (picture_in(run, page.sha256) for run in runs)
            if path := next(filter(None, paths), None):
                found[page.sha256] = str(path)
    return found
