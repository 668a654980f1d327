"""Datasets that come from elsewhere, from a server that misbehaves."""

import hashlib
import io
import json
import os
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from tests.build import task
from tests.hub_server import (
    Exchange,
    HubServer,
    cut_after,
    refuse,
    running_hub,
    send,
    stall_after,
)
from vlmhb.datasets import DatasetCache, load_task
from vlmhb.datasets.fetch import located, to_fetch
from vlmhb.domain.data_step import DataStep
from vlmhb.domain.task import DatasetRef, SourceFile
from vlmhb.errors import DatasetError, DownloadError
from vlmhb.system.mounts import space_on
from vlmhb.system.patience import Patience

HURRIED = Patience(attempts=3, wait_s=0.001, silence_s=20.0)
REPO = "datasets/Org/Pages"
TABLE = "".join(f"{number}\tquestion {number}\n" for number in range(2000)).encode()
MD5 = hashlib.md5(TABLE, usedforsecurity=False).hexdigest()
SHA256 = hashlib.sha256(TABLE).hexdigest()
SMALL = b"data_index;split\n"


@pytest.fixture
def hub() -> Iterator[HubServer]:
    with running_hub() as hub:
        hub.put(REPO, {"data/table.tsv": TABLE, "small.csv": SMALL, "README.md": b"hello"})
        yield hub


@pytest.fixture(autouse=True)
def places(hub: HubServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A home without anything in it, and the small hub for the hub."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HF_ENDPOINT", hub.url)
    for name in ("LMUData", "HF_HOME", "HF_TOKEN", "HF_HUB_OFFLINE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def cache(tmp_path: Path) -> DatasetCache:
    return DatasetCache(tmp_path / "cache")


def on_web(hub: HubServer, path: str = "table.tsv", **changes: object) -> SourceFile:
    url = f"{hub.url}/{REPO}/resolve/main/data/table.tsv"
    return replace(SourceFile(url, path, md5=MD5), **changes)  # type: ignore[arg-type]


def on_hub(revision: str = "main", path: str = "data/table.tsv") -> SourceFile:
    return SourceFile(f"hub:Org/Pages@{revision}/{path}", path.rpartition("/")[2])


def dataset(*sources: SourceFile, root: str = "", annotation: str = "table.tsv") -> DatasetRef:
    return DatasetRef("pages", "annotation_csv", root, annotation, "own work", source=sources)


def table_of(found: DatasetRef) -> bytes:
    return Path(found.root, "table.tsv").read_bytes()


def requests_for(hub: HubServer, part: str) -> int:
    return sum(part in path for path in hub.paths())


def test_a_file_is_fetched_once(hub, cache):
    first = located(dataset(on_web(hub)), cache, patience=HURRIED)
    asked = len(hub.seen)
    second = located(dataset(on_web(hub)), cache, patience=HURRIED)

    assert TABLE == table_of(first)
    assert first == second
    assert asked == len(hub.seen)


def test_what_was_checked_once_is_not_read_again(hub, cache):
    """The size and the time of the last change tell, as long as nobody forges them."""
    found = located(dataset(on_web(hub)), cache, patience=HURRIED)
    file = Path(found.root, "table.tsv")
    before = file.stat()
    file.write_bytes(TABLE[::-1])
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    asked = len(hub.seen)

    located(dataset(on_web(hub)), cache, patience=HURRIED)

    assert asked == len(hub.seen)


@pytest.mark.parametrize("damage", [b"", b"x", TABLE[::-1]], ids=["empty", "short", "as long"])
def test_a_file_that_was_changed_is_fetched_again(hub, cache, damage):
    found = located(dataset(on_web(hub)), cache, patience=HURRIED)
    Path(found.root, "table.tsv").write_bytes(damage)

    again = located(dataset(on_web(hub)), cache, patience=HURRIED)

    assert TABLE == table_of(again)


def test_what_is_gone_from_the_cache_is_fetched_again(hub, cache):
    found = located(dataset(on_web(hub)), cache, patience=HURRIED)
    Path(found.root, "table.tsv").unlink()

    assert TABLE == table_of(located(dataset(on_web(hub)), cache, patience=HURRIED))


def test_a_broken_connection_is_resumed_where_it_broke(hub, cache):
    hub.on("/cdn/", cut_after(TABLE, 9000))

    found = located(dataset(on_web(hub)), cache, patience=HURRIED)

    assert TABLE == table_of(found)
    assert ["", "bytes=9000-"] == [seen.range for seen in hub.seen if "/cdn/" in seen.path]


def test_what_an_earlier_try_got_is_kept(hub, cache):
    hub.on("/cdn/", cut_after(TABLE, 9000))
    once = replace(HURRIED, attempts=1)
    with pytest.raises(DownloadError, match="the connection ended after 9000"):
        located(dataset(on_web(hub)), cache, patience=once)

    located(dataset(on_web(hub)), cache, patience=once)

    assert ["", "bytes=9000-"] == [seen.range for seen in hub.seen if "/cdn/" in seen.path]


@pytest.mark.parametrize(
    "behaviour",
    [refuse(429), refuse(503), cut_after(TABLE, 0)],
    ids=["429", "503", "hangs up"],
)
def test_trouble_that_passes_is_outlived(hub, cache, behaviour):
    hub.on("/cdn/", behaviour)

    assert TABLE == table_of(located(dataset(on_web(hub)), cache, patience=HURRIED))


def test_a_length_other_than_the_task_says_is_refused(hub, cache):
    hub.on("/cdn/", send(TABLE[:50]))

    with pytest.raises(DownloadError, match=f"the server has 50 bytes of it, not {len(TABLE)}"):
        located(dataset(on_web(hub, size_bytes=len(TABLE))), cache, patience=HURRIED)


def test_a_silent_server_is_asked_again(hub, cache):
    hub.on("/cdn/", stall_after(TABLE, 100))

    found = located(dataset(on_web(hub)), cache, patience=replace(HURRIED, silence_s=0.2))

    assert TABLE == table_of(found)


def test_a_server_without_ranges_sends_the_whole_again(hub, cache):
    hub.on("/cdn/", cut_after(TABLE, 9000), send(TABLE))

    assert TABLE == table_of(located(dataset(on_web(hub)), cache, patience=HURRIED))


@pytest.mark.parametrize("known", ["md5", "sha256"])
def test_wrong_bytes_are_refused_with_both_checksums(hub, cache, known):
    other = bytes(len(TABLE))
    hub.on("/cdn/", *[send(other)] * 9)
    source = on_web(hub, **{"md5": "", known: hashlib.new(known, TABLE).hexdigest()})

    with pytest.raises(DownloadError) as caught:
        located(dataset(source), cache, patience=HURRIED)

    assert hashlib.new(known, other).hexdigest() in caught.value.got
    assert f"{known} {hashlib.new(known, TABLE).hexdigest()}" == caught.value.expected
    assert not list(cache.sources.rglob("table.tsv"))


def test_a_refusal_is_not_asked_again_and_names_the_way_out(hub, cache):
    hub.on("/resolve/", refuse(404))

    with pytest.raises(DownloadError, match="404") as caught:
        located(dataset(on_web(hub)), cache, patience=HURRIED)

    assert 1 == requests_for(hub, "/resolve/")
    assert str(cache.sources) in str(caught.value.next_step)
    assert MD5 in str(caught.value)
    assert 4 == caught.value.exit_code


def test_offline_asks_nobody_and_says_what_goes_where(hub, cache):
    offline = replace(cache, offline=True)

    with pytest.raises(DownloadError) as caught:
        located(dataset(on_web(hub)), offline, patience=HURRIED)
    to = to_fetch(dataset(on_web(hub)), offline)

    assert to is not None
    assert f"{to.folder / 'table.tsv'} (md5 {MD5})" in str(caught.value)
    assert [] == hub.seen


def test_half_a_file_is_no_file_offline_and_is_gone_on_with_later(hub, cache):
    hub.on("/cdn/", *[cut_after(TABLE, 5000)] * 9)
    with pytest.raises(DownloadError):
        located(dataset(on_web(hub)), cache, patience=Patience(attempts=1, wait_s=0))
    (half,) = cache.folder.rglob("*.partial")
    kept = half.read_bytes()
    hub.script.clear()
    asked = len(hub.seen)

    with pytest.raises(DownloadError, match=r"missing\n.*table\.tsv"):
        located(dataset(on_web(hub)), replace(cache, offline=True), patience=HURRIED)

    assert asked == len(hub.seen)
    assert kept == half.read_bytes() == TABLE[: len(kept)]
    assert TABLE == table_of(located(dataset(on_web(hub)), cache, patience=HURRIED))
    assert f"bytes={len(kept)}-" == hub.seen[-1].range


def test_a_file_put_there_by_hand_is_taken_offline(hub, cache):
    offline = replace(cache, offline=True)
    to = to_fetch(dataset(on_web(hub)), offline)
    assert to is not None
    to.folder.mkdir(parents=True)
    (to.folder / "table.tsv").write_bytes(TABLE)

    found = located(dataset(on_web(hub)), offline, patience=HURRIED)

    assert str(to.folder) == found.root


def test_another_file_put_there_by_hand_is_named(hub, cache):
    offline = replace(cache, offline=True)
    to = to_fetch(dataset(on_web(hub)), offline)
    assert to is not None
    to.folder.mkdir(parents=True)
    (to.folder / "table.tsv").write_bytes(b"other")

    with pytest.raises(DownloadError, match="is another file: its md5 is"):
        located(dataset(on_web(hub)), offline, patience=HURRIED)


def test_the_tasks_own_folder_comes_first(hub, cache, tmp_path):
    own = tmp_path / "own"
    own.mkdir()
    (own / "table.tsv").write_bytes(TABLE)

    found = located(dataset(on_web(hub), root=str(own)), cache, patience=HURRIED)

    assert str(own) == found.root
    assert [] == hub.seen


def test_a_folder_with_another_file_of_that_name_is_passed_over(hub, cache, tmp_path):
    own = tmp_path / "own"
    own.mkdir()
    (own / "table.tsv").write_bytes(b"an older one")

    found = located(dataset(on_web(hub), root=str(own)), cache, patience=HURRIED)

    assert TABLE == table_of(found)
    assert str(own) != found.root
    assert b"an older one" == (own / "table.tsv").read_bytes()


@pytest.mark.parametrize("named", [True, False], ids=["LMUData", "~/LMUData"])
def test_what_users_of_vlmevalkit_have_is_used(hub, cache, tmp_path, monkeypatch, named):
    folder = tmp_path / ("elsewhere" if named else "home/LMUData")
    folder.mkdir(parents=True)
    (folder / "table.tsv").write_bytes(TABLE)
    if named:
        monkeypatch.setenv("LMUData", str(folder))

    found = located(dataset(on_web(hub)), cache, patience=HURRIED)

    assert str(folder) == found.root
    assert [] == hub.seen
    assert ["table.tsv"] == [path.name for path in folder.iterdir()]


def test_another_version_in_lmudata_is_not_used(hub, cache, tmp_path, monkeypatch):
    (tmp_path / "table.tsv").write_bytes(b"another version")
    monkeypatch.setenv("LMUData", str(tmp_path))

    with pytest.raises(DownloadError, match="is another file"):
        located(dataset(on_web(hub)), replace(cache, offline=True), patience=HURRIED)

    assert TABLE == table_of(located(dataset(on_web(hub)), cache, patience=HURRIED))


def test_what_nobody_can_check_is_not_taken_from_lmudata(hub, cache, tmp_path, monkeypatch):
    (tmp_path / "table.tsv").write_bytes(b"some other table of this name")
    monkeypatch.setenv("LMUData", str(tmp_path))

    assert TABLE == table_of(located(dataset(on_hub()), cache, patience=HURRIED))


def test_a_branch_of_the_hub_is_resolved_once_and_recorded(hub, cache):
    commit = hub.refs[REPO]["main"]
    sources = (on_hub(), on_hub(path="small.csv"))

    first = located(dataset(*sources), cache, patience=HURRIED)
    asked = requests_for(hub, "/revision/")
    hub.put(REPO, {"data/table.tsv": b"newer"}, commit="b" * 40)
    second = located(dataset(*sources), cache, patience=HURRIED)

    assert TABLE == table_of(first)
    assert SMALL == Path(first.root, "small.csv").read_bytes()
    assert f"hub:Org/Pages@{commit}/data/table.tsv" == first.source[0].url
    assert 1 == asked
    assert first == second


def test_a_commit_of_the_hub_is_not_asked_for(hub, cache):
    found = located(dataset(on_hub(hub.refs[REPO]["main"])), cache, patience=HURRIED)

    assert TABLE == table_of(found)
    assert 0 == requests_for(hub, "/revision/")


@pytest.mark.parametrize("path", ["data/table.tsv", "small.csv"], ids=["large", "small"])
def test_a_file_of_the_hub_is_what_the_hub_lists(hub, cache, path):
    """The hub names large files by their sha256 and small ones by git's hash."""
    content = hub.commits[REPO][hub.refs[REPO]["main"]][path]
    wrong = bytes(len(content))
    hub.on("/cdn/" if path.endswith(".tsv") else "/resolve/", *[send(wrong)] * 9)

    with pytest.raises(DownloadError, match=r"its (sha256|git) is"):
        located(dataset(on_hub(path=path)), cache, patience=HURRIED)


def test_the_task_knows_better_than_the_hub(hub, cache):
    source = replace(on_hub(), sha256="0" * 64)

    with pytest.raises(DownloadError, match=f"the hub has it with the sha256 {SHA256}"):
        located(dataset(source), cache, patience=HURRIED)


@pytest.mark.parametrize("url", ["hub:Org/Pages@main/gone.tsv", "hub:Org/Pages@main/no/gone.tsv"])
def test_a_file_that_the_commit_lacks_is_named(hub, cache, url):
    with pytest.raises(DownloadError, match="it is not there"):
        located(dataset(SourceFile(url, "gone.tsv")), cache, patience=HURRIED)


def test_a_gated_repo_says_how_it_is_opened_and_never_the_token(hub, cache, monkeypatch):
    hub.gated[REPO] = "another"
    monkeypatch.setenv("HF_TOKEN", "hf_canary_71c5")

    with pytest.raises(DownloadError, match="gated") as caught:
        located(dataset(on_hub()), cache, patience=HURRIED)

    assert f"{hub.url}/datasets/Org/Pages" in str(caught.value.next_step)
    assert "canary" not in str(caught.value)


def test_a_server_that_quotes_the_token_does_not_bring_it_to_light(hub, cache, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "hf_canary_71c5")
    hub.on("/revision/", quote_the_token)

    with pytest.raises(DownloadError, match=r"403 Bearer \[token\]"):
        located(dataset(on_hub()), cache, patience=HURRIED)


def quote_the_token(exchange: Exchange) -> None:
    exchange.send_response(403, exchange.headers["Authorization"])
    exchange.end_headers()


def test_the_token_opens_a_gated_repo_and_goes_nowhere_else(hub, cache, monkeypatch):
    hub.gated[REPO] = "hf_canary_71c5"
    monkeypatch.setenv("HF_TOKEN", "hf_canary_71c5")

    found = located(dataset(on_hub()), cache, patience=HURRIED)

    assert TABLE == table_of(found)
    assert {""} == {seen.authorization for seen in hub.seen if "/cdn/" in seen.path}


def test_hf_hub_offline_is_honoured(hub, cache, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")

    with pytest.raises(DownloadError, match="HF_HUB_OFFLINE"):
        located(dataset(on_hub()), cache, patience=HURRIED)

    assert [] == hub.seen


def test_a_file_larger_than_the_disk_is_refused_before_it_comes(hub, cache, tmp_path):
    total = space_on(tmp_path).total_bytes

    with pytest.raises(DownloadError, match=r"are to come, and .* are free"):
        located(dataset(on_web(hub, size_bytes=total)), cache, patience=HURRIED)

    assert [] == hub.seen


def test_a_server_that_announces_too_much_is_refused_before_it_sends(hub, cache, tmp_path):
    total = space_on(tmp_path).total_bytes
    hub.on("/cdn/", lambda exchange: exchange.begin(200, total))

    with pytest.raises(DownloadError, match="are free"):
        located(dataset(on_web(hub)), cache, patience=replace(HURRIED, largest_bytes=1 << 60))


def test_the_plan_asks_nobody(hub, cache):
    found = to_fetch(dataset(on_web(hub, size_bytes=5), on_web(hub, "b.tsv")), cache)

    assert found is not None
    assert ["table.tsv", "b.tsv"] == [absent.source.path for absent in found.files]
    assert found.size_bytes is None
    assert [] == hub.seen
    assert not cache.folder.exists()


def test_what_is_here_need_not_be_fetched(hub, cache):
    located(dataset(on_web(hub)), cache, patience=HURRIED)

    assert to_fetch(dataset(on_web(hub)), cache) is None


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"path": "../out"}, "stays in it"),
        ({"path": "/etc/passwd"}, "stays in it"),
        ({"url": "ftp://host/file"}, "a `url` like https"),
        ({"url": "file:///etc/passwd"}, "a `url` like https"),
        ({"url": "hub:Org/Pages/data"}, "a `url` like hub:"),
        ({"url": "hub:Org/Pages@main/../x"}, "a `url` like hub:"),
        ({"md5": ""}, "`sha256` or `md5`, by which"),
    ],
)
def test_a_source_that_cannot_be_one_is_refused(hub, cache, changes, message):
    with pytest.raises(DatasetError, match=message):
        located(dataset(on_web(hub, **changes)), cache, patience=HURRIED)

    assert [] == hub.seen


def test_two_files_for_one_place_are_refused(hub, cache):
    with pytest.raises(DatasetError, match=r"not two to table\.tsv"):
        located(dataset(on_web(hub), on_web(hub)), cache, patience=HURRIED)


FETCH = """
import json, sys
from pathlib import Path
from vlmhb.datasets import DatasetCache
from vlmhb.datasets.fetch import located
from vlmhb.domain.task import DatasetRef, SourceFile
source = SourceFile(**json.loads(sys.argv[2]))
cache = DatasetCache(Path(sys.argv[1]), on_data=lambda step: print(step.doing, flush=True))
print(located(DatasetRef("pages", "f", "", "table.tsv", "", source=(source,)), cache).root)
"""


def test_two_processes_at_once_fetch_it_once(hub, cache):
    """An archive: nothing of it is left that the second one could find whole."""
    content = zipped({"table.tsv": TABLE})
    hub.put("datasets/Org/Packed", {"all.zip": content})
    url = f"{hub.url}/datasets/Org/Packed/resolve/main/all.zip"
    source = SourceFile(url, "all.zip", hashlib.sha256(content).hexdigest(), unpack=True)
    words = [sys.executable, "-c", FETCH, str(cache.folder), json.dumps(asdict(source))]
    hub.on("/cdn/", stall_after(content, 100))
    hub.released.clear()

    with (
        subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as first,
        subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as second,
    ):
        assert hub.stalled.wait(60)
        both = (first, second)
        said = [process.stdout.readline() for process in both if process.stdout]
        hub.released.set()
        roots = {process.communicate(timeout=60)[0].splitlines()[-1] for process in both}

    assert ["fetching all.zip", "waiting for another process"] == sorted(
        line.strip().partition(" that")[0] for line in said
    )
    assert 1 == len(roots)
    assert ["", "bytes=100-"] == [seen.range for seen in hub.seen if "/cdn/" in seen.path]


def test_progress_ends_with_the_whole(hub, cache):
    told: list[DataStep] = []

    located(
        dataset(on_web(hub)),
        replace(cache, on_data=told.append),
        patience=HURRIED,
    )

    assert DataStep("fetching table.tsv", len(TABLE), len(TABLE)) == told[-1]


def zipped(files: dict[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return content.getvalue()


def tarred(files: dict[str, bytes]) -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as archive:
        for name, text in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(text)
            archive.addfile(info, io.BytesIO(text))
    return content.getvalue()


@pytest.fixture(params=[zipped, tarred], ids=["zip", "tar"])
def packed(request: pytest.FixtureRequest, hub: HubServer) -> SourceFile:
    content = request.param({"table.tsv": TABLE, "images/1.jpg": b"one"})
    hub.put("datasets/Org/Packed", {"all.zip": content})
    url = f"{hub.url}/datasets/Org/Packed/resolve/main/all.zip"
    return SourceFile(url, "all.zip", hashlib.sha256(content).hexdigest(), unpack=True)


def test_an_archive_is_unpacked_and_leaves_no_archive(hub, cache, packed):
    found = located(dataset(packed), cache, patience=HURRIED)
    asked = len(hub.seen)
    located(dataset(packed), cache, patience=HURRIED)

    files = sorted(str(p.relative_to(found.root)) for p in Path(found.root).rglob("*.*"))
    assert ["images/1.jpg", "table.tsv"] == files
    assert TABLE == table_of(found)
    assert asked == len(hub.seen)


def test_a_lost_member_is_brought_back(hub, cache, packed):
    found = located(dataset(packed), cache, patience=HURRIED)
    Path(found.root, "images/1.jpg").unlink()

    located(dataset(packed), cache, patience=HURRIED)

    assert b"one" == Path(found.root, "images/1.jpg").read_bytes()


def test_an_archive_put_there_by_hand_is_unpacked_offline(hub, cache, packed):
    to = to_fetch(dataset(packed), cache)
    assert to is not None
    to.folder.mkdir(parents=True)
    content = hub.commits["datasets/Org/Packed"][hub.refs["datasets/Org/Packed"]["main"]]
    (to.folder / "all.zip").write_bytes(content["all.zip"])

    found = located(dataset(packed), replace(cache, offline=True), patience=HURRIED)

    assert TABLE == table_of(found)
    assert [] == hub.seen


def test_an_archive_that_harms_is_refused(hub, cache):
    content = zipped({"../out.txt": b"x"})
    hub.put("datasets/Org/Bad", {"bad.zip": content})
    url = f"{hub.url}/datasets/Org/Bad/resolve/main/bad.zip"
    source = SourceFile(url, "bad.zip", hashlib.sha256(content).hexdigest(), unpack=True)

    with pytest.raises(DownloadError, match="leads out of the folder"):
        located(dataset(source), cache, patience=HURRIED)

    assert not list(cache.folder.rglob("out.txt"))


def test_a_task_is_loaded_from_where_its_files_are(hub, cache):
    header = "data_index;split;image_path;question;answer;doc_class;question_type;answer_bbox"
    content = f"{header}\n0;;page.png;What?;1;form;number;\n".encode()
    page = b"no image"
    archive = zipped({"annotation.csv": content, "page.png": page})
    hub.put("datasets/Org/Task", {"all.zip": archive})
    source = SourceFile("hub:Org/Task@main/all.zip", "all.zip", unpack=True)
    asked = task(dataset=dataset(source, annotation="annotation.csv"))

    loaded = load_task(asked, cache)

    assert (Path(loaded.task.dataset.root) / "annotation.csv").read_bytes() == content
    assert ["What?"] == [sample.question for sample in loaded.samples]
