import hashlib
import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.build import sample
from tests.unit.comparison.runs import right, task_of, write_run
from vlmhb.domain.results import Results
from vlmhb.errors import StorageError
from vlmhb.report import read_results, write_report, write_tables
from vlmhb.report.write import documents_of
from vlmhb.store import RunDir


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_the_same_results_give_the_same_bytes(hostile: Results, tmp_path: Path):
    write_report(hostile, tmp_path / "one")
    write_report(hostile, tmp_path / "two")

    assert contents(tmp_path / "one") == contents(tmp_path / "two")


ELSEWHERE = """
import sys, threading
from pathlib import Path
from tests.unit.report.hostile import hostile_results
from vlmhb.report import write_report
sys.setswitchinterval(float(sys.argv[2]))
results = hostile_results(Path(sys.argv[1]) / "pages")
write_report(results, Path(sys.argv[1]) / "derived", per_document_json=True, embed_images=True)
"""


def test_the_same_results_give_the_same_bytes_in_another_process(tmp_path: Path):
    """With other hashes of texts, in another time zone and locale, with threads in other turns."""
    for name, zone, language, turn_s in (
        ("1", "UTC", "C", "0.00001"),
        ("2", "Asia/Seoul", "C.UTF-8", "1"),
    ):
        (tmp_path / name / "pages").mkdir(parents=True)
        environ = {**os.environ, "PYTHONHASHSEED": name, "TZ": zone, "LC_ALL": language}
        command = [sys.executable, "-c", ELSEWHERE, str(tmp_path / name), turn_s]
        subprocess.run(command, env=environ, check=True)

    one = contents(tmp_path / "1/derived")
    assert one == contents(tmp_path / "2/derived")
    assert any(name.startswith("documents/") for name in one)


FULL = """
import resource, sys
from dataclasses import replace
from pathlib import Path
from tests.unit.report.sample_results import sample_results
from vlmhb.errors import StorageError
from vlmhb.report import write_report
pages, folder = map(Path, sys.argv[1:])
results = sample_results(pages)
write_report(replace(results, name="before"), folder)
(pages / "large.jpg").write_bytes(bytes(2_500_000))
large = {**results.thumbnails, min(results.thumbnails): str(pages / "large.jpg")}
resource.setrlimit(resource.RLIMIT_FSIZE, (3_000_000, 3_000_000))
try:
    write_report(replace(results, thumbnails=large), folder, embed_images=True)
except StorageError as error:
    print(error)
"""


def test_a_disk_that_is_full_leaves_every_document_whole(results: Results, tmp_path: Path):
    """The limit on a file's size, which report.html alone meets, stands for the disk."""
    (tmp_path / "pages").mkdir()
    command = [sys.executable, "-c", FULL, str(tmp_path / "pages"), str(tmp_path / "derived")]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout

    before = documents_of(replace(results, name="before"))
    after = documents_of(results)
    left = contents(tmp_path / "derived")
    assert re.match("cannot write .*report.html: File too large", told), told
    assert all(left[name] in (before[name], after[name]) for name in before)
    assert (before["report.html"], after["results.md"]) == (left["report.html"], left["results.md"])
    assert json.loads(left["manifest.json"])["sha256"]["report.html"] == sha256(left["report.html"])
    assert [] == [name for name in left if ".partial" in name]


def test_the_order_of_scores_and_summaries_changes_nothing(results: Results):
    shuffled = replace(
        results,
        scores=results.scores[::-1],
        summaries=results.summaries[::-1],
        outcomes=dict(reversed(list(results.outcomes.items()))),
    )

    assert documents_of(results) == documents_of(shuffled)


def test_how_often_a_request_was_sent_changes_nothing(results: Results):
    """A run that was killed and resumed reports the same as one that was not."""
    outcomes = {key: replace(outcome, attempt=7) for key, outcome in results.outcomes.items()}

    assert documents_of(results) == documents_of(replace(results, outcomes=outcomes))


def test_the_manifest_is_last_and_names_every_file(results: Results, tmp_path: Path):
    written = write_report(results, tmp_path)

    digests = json.loads((tmp_path / "manifest.json").read_text())["sha256"]
    assert tmp_path / "manifest.json" == written[-1]
    assert {path.name for path in written[:-1]} == {n for n in digests if "/" not in n}
    assert {f"{sha256}.jpg" for sha256 in results.thumbnails} == {
        name.partition("/")[2] for name in digests if "/" in name
    }
    for name, digest in digests.items():
        assert digest == sha256((tmp_path / name).read_bytes())


def test_tables_are_the_part_of_the_report_that_programs_read(results: Results, tmp_path: Path):
    write_report(results, tmp_path / "all")
    written = write_tables(results, tmp_path / "tables")

    names = ["answers.csv", "scores.csv", "metrics.csv", "pivot.csv", "results.json"]
    assert names == [path.name for path in written.files]
    everything = contents(tmp_path / "all")
    assert {name: everything[name] for name in names} == contents(tmp_path / "tables")


def rescored(results: Results) -> Results:
    return replace(results, summaries=results.summaries[:-1])


def test_tables_of_another_scoring_take_the_earlier_documents_away(
    results: Results, tmp_path: Path
):
    write_report(results, tmp_path)

    written = write_tables(rescored(results), tmp_path)

    shown = ["report.html", "results.md", "results.xlsx"]
    assert shown == [path.name for path in written.removed]
    there = contents(tmp_path)
    digests = json.loads(there.pop("manifest.json"))["sha256"]
    assert digests == {name: sha256(content) for name, content in there.items()}
    assert not {*shown} & {*there}


def test_tables_that_change_nothing_leave_everything(results: Results, tmp_path: Path):
    write_report(results, tmp_path)
    before = contents(tmp_path)

    written = write_tables(results, tmp_path)

    assert () == written.removed
    assert before == contents(tmp_path)


@pytest.mark.parametrize("manifest", [b"", b"[]", b"{}", b'{"sha256": 1}'])
def test_documents_that_no_manifest_vouches_for_are_taken_away(
    results: Results, tmp_path: Path, manifest: bytes
):
    write_report(results, tmp_path)
    (tmp_path / "manifest.json").write_bytes(manifest)

    assert 3 == len(write_tables(results, tmp_path).removed)


def test_a_report_after_another_scoring_is_the_report_of_it(results: Results, tmp_path: Path):
    write_report(results, tmp_path / "one")
    write_tables(rescored(results), tmp_path / "one")

    write_report(rescored(results), tmp_path / "one")

    write_report(rescored(results), tmp_path / "other")
    assert contents(tmp_path / "other") == contents(tmp_path / "one")


def test_files_of_others_stay(results: Results, tmp_path: Path):
    (tmp_path / "notes.txt").write_text("mine")

    write_report(results, tmp_path)

    assert "mine" == (tmp_path / "notes.txt").read_text()


def test_pictures_are_named_by_their_page(results: Results, tmp_path: Path):
    write_report(results, tmp_path)

    for sha256, path in results.thumbnails.items():
        picture = tmp_path / "report_files" / f"{sha256}.jpg"
        assert Path(path).read_bytes() == picture.read_bytes()


def test_a_page_that_is_named_like_a_path_has_no_picture(tmp_path: Path):
    """A run folder from elsewhere may say anything; nothing is read or written outside."""
    page = replace(sample().pages[0], sha256="../../picture")
    samples = (replace(sample(), pages=(page,)),)
    run = RunDir(write_run(tmp_path / "run", {"m": right(samples)}, task_of(samples)))
    run.thumbnail(page.sha256).write_bytes(b"mine")

    assert {} == read_results(run).thumbnails


def test_a_picture_that_is_a_link_to_elsewhere_is_none(tmp_path: Path):
    """As above: what it leads to would be copied beside the report, and sent on with it."""
    samples = (sample(),)
    run = RunDir(write_run(tmp_path / "run", {"m": right(samples)}, task_of(samples)))
    (tmp_path / "private").write_bytes(b"mine")
    link = run.thumbnail(samples[0].pages[0].sha256)
    link.unlink(missing_ok=True)
    link.symlink_to(tmp_path / "private")

    assert {} == read_results(run).thumbnails


def test_a_picture_that_is_there_is_not_written_again(results: Results, tmp_path: Path):
    write_report(results, tmp_path)
    pictures = sorted((tmp_path / "report_files").iterdir())
    before = [picture.stat().st_ino for picture in pictures]

    write_report(results, tmp_path)

    assert before == [picture.stat().st_ino for picture in pictures]


def test_a_damaged_picture_is_replaced(results: Results, tmp_path: Path):
    write_report(results, tmp_path)
    picture = next((tmp_path / "report_files").iterdir())
    whole = picture.read_bytes()
    picture.write_bytes(b"half")

    write_report(results, tmp_path)

    assert whole == picture.read_bytes()


def test_a_picture_that_is_gone_is_an_error_with_a_way_out(results: Results, tmp_path: Path):
    gone = replace(results, thumbnails={"0" * 64: str(tmp_path / "gone.jpg")})

    with pytest.raises(StorageError, match=r"cannot copy the picture of a page(?s:.*)Next: "):
        write_report(gone, tmp_path)


def test_a_folder_that_cannot_be_made_is_an_error(results: Results, tmp_path: Path):
    (tmp_path / "file").write_text("")

    with pytest.raises(StorageError, match="cannot make"):
        write_report(results, tmp_path / "file" / "derived")
