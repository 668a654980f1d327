"""Where datasets keep what they fetch and what they take out of their files."""

from dataclasses import dataclass
from pathlib import Path

from vlmhb.domain.data_step import OnData, say_nothing
from vlmhb.system.page_cache import PageCache


@dataclass(frozen=True, slots=True)
class DatasetCache:
    """A folder that can be deleted at any time: what is gone is fetched or made again."""

    folder: Path
    offline: bool = False
    """Whether nothing may be fetched."""
    on_data: OnData = say_nothing
    """Hears how far fetching, reading and rendering are."""

    @property
    def pages(self) -> PageCache:
        """Images that are no files of their own."""
        return PageCache(self.folder / "pages", self.on_data)

    @property
    def sources(self) -> Path:
        """Fetched datasets, each in a folder of its own."""
        return self.folder / "sources"

    @property
    def receipts(self) -> Path:
        """What of them, and of folders of the user's, was found whole."""
        return self.sources / "receipts"
