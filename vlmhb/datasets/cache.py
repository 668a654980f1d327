"""Where datasets keep what they fetch and what they take out of their files."""

from dataclasses import dataclass
from pathlib import Path

from vlmhb.system.page_cache import PageCache


@dataclass(frozen=True, slots=True)
class DatasetCache:
    """A folder that can be deleted at any time: what is gone is fetched or made again."""

    folder: Path
    offline: bool = False
    """Whether nothing may be fetched."""

    @property
    def pages(self) -> PageCache:
        """Images that are no files of their own."""
        return PageCache(self.folder / "pages")
