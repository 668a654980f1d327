"""`--per-document-json` and `--embed-images`: what a report has on request, kept up to date."""

import json

from tests.workspace import Workspace


def test_a_run_writes_a_file_for_each_document_and_goes_on_doing_so(workspace: Workspace):
    run = workspace.vlmhb("run", "run", "--out", "out", "--per-document-json")

    folder = workspace.path / "out" / "derived" / "documents" / "model"
    assert 0 == run.code, run.err
    files = sorted(folder.iterdir())
    assert 6 == len(files)
    (record,) = json.loads(files[0].read_bytes())["answers"]
    assert ("Which number?", "ok") == (record["prompt"], record["status"])
    files[0].write_text("damaged")
    report = workspace.vlmhb("report", "out", "--json")
    assert str(files[0].relative_to(workspace.path)) in report.json["files"]
    assert [record] == json.loads(files[0].read_bytes())["answers"]


def test_a_report_has_none_unless_it_is_asked_for(workspace: Workspace):
    workspace.vlmhb("run", "run", "--out", "out")
    documents = workspace.path / "out" / "derived" / "documents"

    before = documents.exists()
    asked = workspace.vlmhb("report", "out", "--per-document-json")

    assert (False, 0) == (before, asked.code), asked.err
    assert 6 == len(list(documents.rglob("*.json")))


def test_pictures_are_in_the_page_once_that_was_asked_for(workspace: Workspace):
    run = workspace.vlmhb("run", "run", "--out", "out", "--embed-images")
    page = workspace.path / "out" / "derived" / "report.html"
    counts = [page.read_text("utf-8").count('class="picture" data-page=')]

    for words in ((), ("--no-embed-images",)):
        workspace.vlmhb("report", "out", *words)
        counts.append(page.read_text("utf-8").count('class="picture" data-page='))

    assert (0, [6, 6, 0]) == (run.code, counts), run.err
