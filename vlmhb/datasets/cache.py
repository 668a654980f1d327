"""Where datasets keep what they fetch and what they take out of their files."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from vlmhb.system.page_cache import PageCache

OnFetch = Callable[[str, int, int], None]
"""Gets what is being done, the bytes that are here and the bytes that there will be, 0 when nobody
knows."""


def say_nothing(_doing: str, _done_bytes: int, _total_bytes: int) -> None:
    """For those who do not care to hear."""


@dataclass(frozen=True, slots=True)
class DatasetCache:
    """A folder that can be deleted at any time: what is gone is fetched or made again."""

    folder: Path
    offline: bool = False
    """Whether nothing may be fetched."""
    on_fetch: OnFetch = say_nothing

    @property
    def pages(self) -> PageCache:
        """Images that are no files of their own."""
        return PageCache(self.folder / "pages")

    @property
    def sources(self) -> Path:
        """Fetched datasets, each in a folder of its own."""
        return self.folder / "sources"

    @property
    def receipts(self) -> Path:
        """What of them, and of folders of the user's, was found whole."""
        return self.sources / "receipts"
