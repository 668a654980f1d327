"""Pages of workers that cannot open them: bytes, and the path for a name."""

import hashlib
from pathlib import Path

from vlmhb_worker.backend import Page
from vlmhb_worker.backends.pages import page_file

from vlmhb.domain.run import Request
from vlmhb.domain.sample import PageImage
from vlmhb.domain.task import Generation
from vlmhb.worker.cargo import Stowage
from vlmhb.worker.codec import request_message

CONTENT = b"pixels"


def request(folder: Path) -> Request:
    (folder / "page.png").write_bytes(CONTENT)
    page = PageImage("page.png", hashlib.sha256(CONTENT).hexdigest(), 1, 1)
    return Request("1", "model", "Read.", "", str(folder), (page,), Generation())


def test_behind_walls_the_bytes_of_a_whole_file_travel_with_its_path(tmp_path: Path) -> None:
    asked = request(tmp_path)
    cargo = Stowage(None, files_too=True).stow(asked)
    (page,) = request_message(asked, cargo.buffers)["pages"]

    assert (CONTENT,) == cargo.tail
    assert str(tmp_path / "page.png") == page["path"]
    assert {"place": "frame", "offset": 0, "length": 6} == page["buffer"]


def test_without_walls_the_path_is_all(tmp_path: Path) -> None:
    asked = request(tmp_path)
    cargo = Stowage(None).stow(asked)
    (page,) = request_message(asked, cargo.buffers)["pages"]

    assert ((), None) == (cargo.tail, page["buffer"])


def test_user_code_sees_a_file_of_the_same_name_with_the_same_bytes(tmp_path: Path) -> None:
    sha256 = hashlib.sha256(CONTENT).hexdigest()
    page = Page(sha256, "/closed/folder/page.png", memoryview(CONTENT))
    path = Path(page_file(page, str(tmp_path)))

    assert "page.png" == path.name
    assert CONTENT == path.read_bytes()
    assert path.is_relative_to(tmp_path)
