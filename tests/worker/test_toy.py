"""The toy's answers depend on the request and on nothing else."""

from pathlib import Path
from typing import Any

import pytest
from vlmhb_worker.backend import LoadJob, Page, PageError, Request
from vlmhb_worker.backends.toy import ToyBackend


def loaded(**params: Any) -> ToyBackend:
    backend = ToyBackend()
    backend.load(LoadJob(params, "/nowhere", 0), lambda *_: None)
    return backend


def ask(prompt: str, *pages: Path) -> Request:
    return Request("id", prompt, "", [Page("", str(path)) for path in pages])


def page(folder: Path, content: bytes) -> Path:
    folder.mkdir()
    path = folder / "page.png"
    path.write_bytes(content)
    return path


def test_the_same_request_gets_the_same_answer_wherever_its_pages_lie(tmp_path: Path) -> None:
    first = page(tmp_path / "a", b"x")
    second = page(tmp_path / "b", b"x")

    assert loaded().answer(ask("q", first)) == loaded().answer(ask("q", second))


def test_prompt_and_pages_change_the_answer(tmp_path: Path) -> None:
    first, second = page(tmp_path / "a", b"x"), page(tmp_path / "b", b"y")
    requests = [ask("q"), ask("r"), ask("q", first), ask("q", second), ask("q", first, second)]

    assert len(requests) == len({loaded().answer(request).text for request in requests})


def test_given_answers_win() -> None:
    backend = loaded(answers={"total": "42"})

    assert "42" == backend.answer(ask("the total?")).text
    assert backend.answer(ask("the date?")).text.startswith("toy ")


def test_a_missing_page_is_the_inputs_fault(tmp_path: Path) -> None:
    with pytest.raises(PageError, match=r"gone\.png: No such file"):
        loaded().answer(ask("q", tmp_path / "gone.png"))


def test_the_time_it_reports_is_the_one_it_was_given() -> None:
    reply = loaded(delay_s=0.01).answer(ask("q"))

    assert (0.0, 0.01) == (reply.preprocess_s, reply.generate_s)
