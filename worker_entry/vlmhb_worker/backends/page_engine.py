"""What engines that read a page share: the loop over pages, its timing, checked params."""

import hashlib
import time
from typing import Any, Dict

from vlmhb_worker.backend import Backend, PageError, Reply, Request
from vlmhb_worker.backends.pages import open_page


class PageEngine(Backend):
    """A backend that turns each page into text and takes no prompt."""

    def read(self, page: Any) -> str:
        """The text of a page, given as a PIL image in mode RGB."""
        raise NotImplementedError

    def answer(self, request: Request) -> Reply:
        """The text of the request's pages, one after the other."""
        if not request.pages:
            raise PageError("the request has no page to read")
        texts = []
        decode_s = read_s = 0.0
        for source in request.pages:
            started = time.monotonic()
            page = open_page(source)
            decoded = time.monotonic()
            texts.append(self.read(page))
            decode_s += decoded - started
            read_s += time.monotonic() - decoded
        return Reply("\n".join(texts), preprocess_s=decode_s, generate_s=read_s)


def checked_params(params: Dict[str, Any], defaults: Dict[str, Any]) -> Dict[str, Any]:
    """The defaults, replaced by the model file's params where it names them.

    Raises:
        ValueError: a param that the backend does not know: a misspelt one would change nothing.
    """
    unknown = sorted(set(params) - set(defaults))
    if unknown:
        known = ", ".join(sorted(defaults))
        raise ValueError(f"unknown params: {', '.join(unknown)}; known: {known}")
    return {**defaults, **params}


def sha256_of(path: str) -> str:
    """`sha256:` and 64 hex digits over the file's bytes."""
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        for block in iter(lambda: file.read(1 << 20), b""):
            digest.update(block)
    return "sha256:" + digest.hexdigest()
