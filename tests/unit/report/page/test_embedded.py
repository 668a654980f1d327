import base64
import hashlib
import html
import json
from dataclasses import replace
from pathlib import Path

import pytest

from vlmhb.domain.results import Results
from vlmhb.errors import StorageError
from vlmhb.report import write_report
from vlmhb.report.page.embedded import embedded_pictures


def policy(page: Path) -> str:
    content = page.read_text("utf-8").split('http-equiv="Content-Security-Policy" content="', 1)
    return html.unescape(content[1].split('"', 1)[0])


def test_pictures_are_embedded_once_each_in_the_order_of_the_samples(results: Results):
    pages = [page.sha256 for task in results.tasks for s in task.samples for page in s.pages]

    found = embedded_pictures(results)

    assert list(dict.fromkeys(pages)) == list(found)
    assert all(
        sha256 == hashlib.sha256(base64.b64decode(text)).hexdigest()
        for sha256, text in found.items()
    )


def test_no_more_than_a_browser_bears_is_embedded(results: Results):
    first = Path(results.thumbnails[results.tasks[0].samples[0].pages[0].sha256])

    assert 1 == len(embedded_pictures(results, limit_bytes=first.stat().st_size))


def test_a_picture_that_is_gone_is_named(results: Results, tmp_path: Path):
    gone = {sha256: str(tmp_path / "gone.jpg") for sha256 in results.thumbnails}

    with pytest.raises(StorageError, match=r"gone\.jpg"):
        embedded_pictures(replace(results, thumbnails=gone))


def test_a_report_goes_on_as_it_was_asked_for(results: Results, tmp_path: Path):
    page, manifest = tmp_path / "report.html", tmp_path / "manifest.json"
    seen = []
    for asked in (None, True, None, False, None):
        write_report(results, tmp_path, embed_images=asked)
        seen.append(("blob:" in policy(page), 'class="picture" data-page=' in page.read_text()))

    assert [(False, False), (True, True), (True, True), (False, False), (False, False)] == seen
    assert {"schema_version", "sha256"} == set(json.loads(manifest.read_text()))
    assert "img-src 'self' file:;" in policy(page)
