"""Images taken out of tables, archives and PDFs, each kept once however many datasets hold it."""

import hashlib
from pathlib import Path

from vlmhb.domain.data_step import OnData, say_nothing
from vlmhb.system.files import copy_whole, sha256_of_file, storage_error, write_atomic

OTHER_FOLDER = "set VLMHB_DATASETS to another folder"


class PageCache:
    """A folder of images named by what they are; anything in it can be deleted and made again."""

    def __init__(self, folder: Path, on_data: OnData = say_nothing) -> None:
        self._folder = folder
        self.on_data = on_data
        """Hears how far those who use it are with the pages of a dataset."""

    def keep(self, content: bytes, suffix: str) -> Path:
        """The file that holds `content`, written now unless it does; `suffix` is like `.png`.

        Raises:
            StorageError: it cannot be written.
        """
        file = self.path(hashlib.sha256(content).hexdigest(), suffix)
        if _holds(file, content):
            return file
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise storage_error(f"cannot write {file}", error, instead=OTHER_FOLDER) from error
        # Not synced: what a power cut leaves is another content, and written anew.
        write_atomic(file, content, durable=False)
        return file

    def take(self, made: Path, sha256: str, suffix: str) -> Path:
        """The file that holds what `made` holds, whose sha256 the caller knows; a copy of it.

        Raises:
            StorageError: it cannot be written.
        """
        file = self.path(sha256, suffix)
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            if not (file.is_file() and sha256_of_file(file) == sha256):
                copy_whole(made, file)
        except OSError as error:
            raise storage_error(f"cannot write {file}", error, instead=OTHER_FOLDER) from error
        return file

    def note(self, key: str) -> Path:
        """Where a note is kept of which images something became; `key` is 64 hex digits."""
        return self._folder / "notes" / key[:2] / f"{key}.json"

    def path(self, sha256: str, suffix: str) -> Path:
        """Where an image with this sha256 is kept."""
        return self._folder / sha256[:2] / f"{sha256}{suffix}"


def _holds(file: Path, content: bytes) -> bool:
    try:
        return file.stat().st_size == len(content) and file.read_bytes() == content
    except OSError:
        return False
