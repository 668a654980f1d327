"""What page engines share: pages one after the other, and params that must be known."""

from pathlib import Path
from typing import Any

import pytest
from vlmhb_worker.backend import Page, PageError, Request

pytest.importorskip("PIL")

from PIL import Image
from vlmhb_worker.backends.page_engine import PageEngine, checked_params, sha256_of


class WidthReader(PageEngine):
    """Reads how wide a page is."""

    def read(self, page: Any) -> str:
        return f"{page.width} px"


def request(*pages: str, request_id: str = "r") -> Request:
    return Request(request_id, prompt="", system_prompt="", pages=[Page("", p) for p in pages])


def test_pages_of_a_request_are_read_in_their_order(tmp_path: Path):
    for width in (30, 20):
        Image.new("RGB", (width, 10)).save(tmp_path / f"{width}.png")

    reply = WidthReader().answer(request(str(tmp_path / "30.png"), str(tmp_path / "20.png")))

    assert "30 px\n20 px" == reply.text
    assert None not in (reply.preprocess_s, reply.generate_s)


def test_a_request_without_a_page_is_the_inputs_fault():
    with pytest.raises(PageError, match="no page"):
        WidthReader().answer(request())


def test_one_unreadable_page_spares_the_others_of_a_batch(tmp_path: Path):
    Image.new("RGB", (30, 10)).save(tmp_path / "good.png")
    (tmp_path / "bad.png").write_bytes(b"no picture")
    requests = [request(str(tmp_path / f"{name}.png"), request_id=name) for name in ("bad", "good")]

    outcomes = dict(WidthReader().answer_batch(requests))

    assert isinstance(outcomes["bad"], PageError)
    assert "30 px" == getattr(outcomes["good"], "text", None)


def test_params_replace_the_defaults_they_name():
    assert {"psm": 4, "languages": "eng"} == checked_params(
        {"psm": 4}, {"psm": 3, "languages": "eng"}
    )


def test_an_unknown_param_is_refused_with_the_known_ones():
    """A misspelt setting would change nothing, and nobody would notice."""
    with pytest.raises(ValueError, match="unknown params: pms; known: languages, psm"):
        checked_params({"pms": 4}, {"psm": 3, "languages": "eng"})


def test_a_file_is_named_by_its_sha256(tmp_path: Path):
    (tmp_path / "weights").write_bytes(b"abc")

    assert "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" == sha256_of(
        str(tmp_path / "weights")
    )
