"""Failures name pages as the dataset does, not by where they lie on this machine."""

from dataclasses import replace

from vlmhb.domain.answer import FailedAnswer, Outcome
from vlmhb.domain.run import Request
from vlmhb.domain.sample import PageImage
from vlmhb.system.page_bytes import page_file


def with_page_names(outcome: Outcome, request: Request) -> Outcome:
    """The same; of a failure, every path of a page of the request is what the page is called."""
    if not isinstance(outcome, FailedAnswer):
        return outcome
    pages = (page for page in request.pages if isinstance(page, PageImage))
    names = {str(page_file(request.root, page)): page.path for page in pages}
    message, traceback = outcome.error.message, outcome.error.traceback
    for file in sorted(names, key=len, reverse=True):  # one may begin with another
        message = message.replace(file, names[file])
        traceback = traceback.replace(file, names[file])
    return replace(outcome, error=replace(outcome.error, message=message, traceback=traceback))
