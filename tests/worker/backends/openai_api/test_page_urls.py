import base64
import io
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from PIL import Image
from vlmhb_worker.backend import Generation, Page, PageError
from vlmhb_worker.backends.openai_api.page_urls import PageUrls

AS_ASKED = Generation()


def page(path: Path, image: Image.Image, **how: Any) -> Page:
    image.save(path, **how)
    return Page(sha256=path.name, path=str(path))


def shown(url: str) -> tuple[str, Image.Image]:
    """(mime type, picture) of a data URL."""
    head, _, text = url.partition(";base64,")
    return head, Image.open(io.BytesIO(base64.b64decode(text)))


@pytest.mark.parametrize(
    ("name", "mime_type"),
    [("a.png", "png"), ("a.jpg", "jpeg"), ("a.webp", "webp"), ("a.gif", "gif")],
)
def test_a_plain_page_travels_byte_for_byte(tmp_path, name, mime_type):
    one = page(tmp_path / name, Image.new("RGB", (40, 30), "navy"))

    head, _, text = PageUrls().url(one, AS_ASKED).partition(";base64,")

    assert f"data:image/{mime_type}" == head
    assert (tmp_path / name).read_bytes() == base64.b64decode(text)


def test_the_type_comes_from_the_content_and_not_from_the_name(tmp_path):
    one = page(tmp_path / "scan.jpg", Image.new("RGB", (4, 3)), format="PNG")

    assert PageUrls().url(one, AS_ASKED).startswith("data:image/png;")


@pytest.mark.parametrize(
    ("name", "image"),
    [
        ("a.tiff", Image.new("RGB", (40, 30))),
        ("a.bmp", Image.new("RGB", (40, 30))),
        ("a.png", Image.new("RGBA", (40, 30))),
        ("a.png", Image.new("LA", (40, 30))),
        ("a.png", Image.new("I;16", (40, 30))),
        ("a.jpg", Image.new("CMYK", (40, 30))),
    ],
)
def test_a_page_that_servers_may_read_differently_travels_as_png(tmp_path, name, image):
    head, sent = shown(PageUrls().url(page(tmp_path / name, image), AS_ASKED))

    assert ("data:image/png", "RGB", (40, 30)) == (head, sent.mode, sent.size)


def test_a_transparent_page_is_put_on_white(tmp_path):
    one = page(tmp_path / "a.png", Image.new("RGBA", (4, 3), (0, 0, 0, 0)))

    assert (255, 255, 255) == shown(PageUrls().url(one, AS_ASKED))[1].getpixel((0, 0))


def test_a_page_that_lies_on_its_side_is_turned(tmp_path):
    turned = Image.Exif()
    turned[0x0112] = 6
    one = page(tmp_path / "a.jpg", Image.new("RGB", (40, 30)), exif=turned)

    assert (30, 40) == shown(PageUrls().url(one, AS_ASKED))[1].size


@pytest.mark.parametrize(
    ("generation", "expected"),
    [
        (Generation(max_pixels=300), (20, 15)),
        (Generation(max_pixels=1200), (40, 30)),
        (Generation(max_pixels=1199), (39, 29)),
        (Generation(min_pixels=4800), (80, 60)),
        (Generation(min_pixels=100, max_pixels=5000), (40, 30)),
        (Generation(max_pixels=1), (1, 1)),
        (Generation(min_pixels=4800, max_pixels=300), (20, 15)),
    ],
)
def test_a_page_is_brought_within_the_tasks_bounds(tmp_path, generation, expected):
    one = page(tmp_path / "a.png", Image.new("RGB", (40, 30)))

    assert expected == shown(PageUrls().url(one, generation))[1].size


def test_a_page_that_came_as_bytes_is_taken_as_it_is():
    written = io.BytesIO()
    Image.new("RGB", (4, 3)).save(written, "PNG")
    one = Page(sha256="a", content=memoryview(written.getvalue()))

    assert (4, 3) == shown(PageUrls().url(one, AS_ASKED))[1].size


def test_a_page_is_made_once_for_all_its_questions(tmp_path):
    one = page(tmp_path / "a.png", Image.new("RGB", (4, 3)))
    urls = PageUrls()
    first = urls.url(one, AS_ASKED)
    (tmp_path / "a.png").unlink()

    assert first == urls.url(one, AS_ASKED)
    with pytest.raises(PageError):
        urls.url(one, Generation(max_pixels=4))


def test_a_damaged_page_fails_here_and_not_at_the_server(tmp_path):
    one = page(tmp_path / "a.png", Image.effect_noise((400, 300), 90))
    whole = (tmp_path / "a.png").read_bytes()
    (tmp_path / "a.png").write_bytes(whole[: len(whole) // 2])

    with pytest.raises(PageError, match=r"cannot decode .*a\.png"):
        PageUrls().url(one, AS_ASKED)


def test_a_server_on_this_machine_is_given_the_path(tmp_path):
    one = page(tmp_path / "стр 1.png", Image.new("RGB", (4, 3)))

    url = PageUrls(as_files=True).url(one, AS_ASKED)

    assert url.isascii()
    assert f"file://{tmp_path}/стр 1.png" == unquote(url)


def test_a_changed_page_has_no_path_that_another_server_knows(tmp_path):
    one = page(tmp_path / "a.png", Image.new("RGB", (40, 30)))

    url = PageUrls(as_files=True).url(one, Generation(max_pixels=300))

    assert url.startswith("data:image/png;")


def test_our_own_server_reads_copies_in_a_folder_of_its_own(tmp_path):
    one = page(tmp_path / "a.jpg", Image.new("RGB", (40, 30)))
    folder = tmp_path / "pages"
    folder.mkdir()
    urls = PageUrls(str(folder), as_files=True)

    whole, small = urls.url(one, AS_ASKED), urls.url(one, Generation(max_pixels=300))

    assert [f"file://{folder}/a.jpg.jpeg", f"file://{folder}/a.jpg-20x15.png"] == [whole, small]
    assert (tmp_path / "a.jpg").read_bytes() == (folder / "a.jpg.jpeg").read_bytes()
    with Image.open(folder / "a.jpg-20x15.png") as image:
        assert (20, 15) == image.size
