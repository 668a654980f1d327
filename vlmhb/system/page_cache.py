"""Images taken out of tables, archives and PDFs, each kept once however many datasets hold it."""

import hashlib
from pathlib import Path

from vlmhb.system.files import write_atomic


class PageCache:
    """A folder of images named by what they are; anything in it can be deleted and made again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, content: bytes, suffix: str) -> Path:
        """The file that holds `content`, written now if need be; `suffix` is like `.png`.

        Raises:
            StorageError: it cannot be written.
        """
        file = self.path(hashlib.sha256(content).hexdigest(), suffix)
        if not (file.is_file() and file.stat().st_size == len(content)):
            file.parent.mkdir(parents=True, exist_ok=True)
            write_atomic(file, content)
        return file

    def path(self, sha256: str, suffix: str) -> Path:
        """Where an image with this sha256 is kept."""
        return self._folder / sha256[:2] / f"{sha256}{suffix}"
