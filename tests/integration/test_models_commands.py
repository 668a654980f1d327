"""`vlmhb models`, against a hub on loopback."""

import os
import random
import signal
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.hub_server import HubServer, cut_after, running_hub, stall_after
from tests.workspace import Finished, Workspace

REPO = "Org/Tiny"
BIG = random.Random(1).randbytes(4_000_000)
FILES = {"config.json": b"{}", "model.safetensors": BIG}
TOKEN = "hf_canary_e02b"


@dataclass(frozen=True, slots=True)
class Place:
    """A user's folder and the hub that the user's variables name."""

    space: Workspace
    hub: HubServer
    variables: dict[str, str]

    def vlmhb(self, *words: str, **more: str) -> Finished:
        return self.space.vlmhb("models", *words, **{**self.variables, **more})

    def write(self, name: str, **weights: object) -> Path:
        self.space.write_model(name, {}, weights=weights)
        return self.space.path / f"configs/models/{name}.yaml"


@pytest.fixture
def place(workspace: Workspace, tmp_path: Path) -> Iterator[Place]:
    with running_hub() as hub:
        variables = {
            "HF_HOME": str(tmp_path / "hf"),
            "HF_ENDPOINT": hub.url,
            "HF_TOKEN": TOKEN,
        }
        place = Place(workspace, hub, variables)
        hub.put(REPO, FILES)
        place.write("tiny", repo=REPO)
        yield place


def test_fetch_says_what_came_and_show_and_list_where_it_is(place, tmp_path):
    commit = place.hub.refs[REPO]["main"]
    before = place.vlmhb("show", "tiny")

    fetch = place.vlmhb("fetch", "tiny", "model")
    show = place.vlmhb("show", "tiny", "--files")
    told = place.vlmhb("show", "tiny", "--json").json
    rows = place.vlmhb("list", "--json").json["models"]
    text = place.vlmhb("list").out

    assert (4, 0, 0) == (before.code, fetch.code, show.code)
    assert "Next: vlmhb models fetch tiny" in before.err
    assert f"tiny: {REPO} at {commit[:12]}, 2 files, 4.0 MB" in fetch.out
    assert "model: has no weights to fetch" in fetch.out
    assert "of 4.0 MB" in fetch.err
    for expected in (commit, str(tmp_path / "hf/hub"), "  model.safetensors", "env:"):
        assert expected in show.out
    assert (True, commit, 4_000_002) == (told["fetched"], told["commit"], told["size_bytes"])
    (row,) = [row for row in rows if row["name"] == "tiny"]
    assert {**row, "files": told["files"], "schema_version": 1, "kind": "model"} == told
    (line,) = [line.split() for line in text.splitlines() if line.startswith("tiny ")]
    assert [f"{REPO}@main", commit[:12], "yes", "4.0"] == line[2:]


def test_list_gets_over_a_file_that_is_wrong(place):
    place.space.write_yaml("configs/models/wrong.yaml", {"backend": 3})

    end = place.vlmhb("list")

    assert 0 == end.code
    assert "its file is wrong: vlmhb validate" in end.out


def test_one_that_cannot_be_fetched_does_not_keep_the_others_from_it(place):
    place.write("none", repo="Org/None")

    end = place.vlmhb("fetch", "none", "tiny")

    assert 4 == end.code
    assert "Org/None at main: there is no such repo" in end.err
    assert f"tiny: {REPO} at" in end.out
    assert "Traceback" not in end.err


def test_offline_says_what_to_do_and_asks_nobody(place):
    for flags, variables in ((["--offline"], {}), ([], {"HF_HUB_OFFLINE": "1"})):
        end = place.vlmhb("fetch", "tiny", *flags, **variables)

        assert 4 == end.code
        assert f"cannot use the weights {REPO} at main offline" in end.err
    assert [] == place.hub.seen


def test_a_fetch_that_was_killed_is_gone_on_with(place):
    place.hub.on("/cdn/", stall_after(BIG, 3_000_000))
    process = place.space.start("models", "fetch", "tiny", **place.variables)
    place.hub.stalled.wait(60)
    partial = wait_for_bytes(Path(place.variables["HF_HOME"]), 3_000_000)
    process.kill()
    process.communicate(timeout=60)
    before = place.hub.sent_bytes["model.safetensors"]

    end = place.vlmhb("fetch", "tiny")

    assert 0 == end.code, end.err
    assert (3_000_000, 1_000_000) == (before, place.hub.sent_bytes["model.safetensors"] - before)
    assert not partial.exists()


def wait_for_bytes(folder: Path, count: int) -> Path:
    """The partial file, as soon as it has so many."""
    for _ in range(3000):
        for partial in folder.rglob("*.partial"):
            if partial.stat().st_size == count:
                return partial
        threading.Event().wait(0.02)
    raise AssertionError("nothing came")


def test_a_fetch_that_is_interrupted_ends_at_once_and_keeps_what_came(place):
    place.hub.on("/cdn/", stall_after(BIG, 3_000_000))
    process = place.space.start("models", "fetch", "tiny", **place.variables)
    place.hub.stalled.wait(60)
    wait_for_bytes(Path(place.variables["HF_HOME"]), 3_000_000)

    process.send_signal(signal.SIGINT)
    _out, err = process.communicate(timeout=60)

    assert 130 == process.returncode
    assert "Traceback" not in err
    assert not place.hub.released.is_set()
    assert 0 == place.vlmhb("fetch", "tiny").code
    assert len(BIG) == place.hub.sent_bytes["model.safetensors"]


def test_two_who_fetch_at_once_fetch_it_once(place):
    place.write("twin", repo=REPO)
    processes = [
        place.space.start("models", "fetch", name, **place.variables) for name in ("tiny", "twin")
    ]
    codes = [process.wait(60) for process in processes]
    for process in processes:
        process.communicate()

    assert [0, 0] == codes
    assert len(BIG) == place.hub.sent_bytes["model.safetensors"]


def test_pin_writes_the_commit_and_leaves_the_rest_of_the_file(place):
    file = place.write("tiny", repo=REPO)
    text = "# mine\n" + file.read_text().replace("Org/Tiny", "Org/Tiny  # the one")
    file.write_text(text)
    commit = place.hub.refs[REPO]["main"]

    first, second = place.vlmhb("pin", "tiny"), place.vlmhb("pin", "tiny")

    assert (0, 0) == (first.code, second.code), first.err
    assert f"{REPO}: main is {commit}, written to {file}" in first.out
    assert "is pinned already" in second.out
    assert text.replace("the one", f"the one\n  revision: {commit}") == file.read_text()
    assert 0 == place.vlmhb("fetch", "tiny").code


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("model", "it has no repo of the hub"),
        ("nobody", "the name of a model"),
        ("gone", "the repo has no such revision"),
        ("built-in", "its file is not below this folder"),
    ],
)
def test_pin_says_why_there_is_nothing_to_pin(place: Place, name: str, expected: str):
    place.write("gone", repo=REPO, revision="v9")
    elsewhere = place.write("away", repo=REPO).rename(place.space.path.parent / "built-in.yaml")
    named = str(elsewhere) if name == "built-in" else name

    end = place.vlmhb("pin", named)

    assert end.code in {2, 4}
    assert expected in end.err
    assert "Traceback" not in end.err


def test_the_token_is_in_nothing_that_is_said_or_written(place, tmp_path):
    """Not when all goes well, and not when it does not."""
    place.hub.on("/cdn/", cut_after(BIG, 10))
    place.hub.gated["Org/Gated"] = "another"
    place.hub.put("Org/Gated", FILES)
    place.write("gated", repo="Org/Gated")

    ends = [place.vlmhb("fetch", "tiny", "gated"), place.vlmhb("list"), place.vlmhb("pin", "tiny")]

    assert f"Bearer {TOKEN}" in {seen.authorization for seen in place.hub.seen}
    assert not [end for end in ends if TOKEN in end.out + end.err]
    files = [Path(parent, name) for parent, _, names in os.walk(tmp_path) for name in names]
    assert not [file for file in files if TOKEN.encode() in file.read_bytes()]


def test_show_says_what_helps_for_a_folder_that_is_gone(place):
    place.write("mine", path="../../gone")

    end = place.vlmhb("show", "mine")

    assert 4 == end.code
    assert "there is no such folder" in end.err
    assert "weights.path" in end.err
    assert "models fetch" not in end.err


def test_show_says_what_is_missing_and_how_to_get_it(place):
    end = place.vlmhb("show", "tiny")

    assert 4 == end.code
    assert "not in the cache" in end.err
    assert "Next: vlmhb models fetch tiny" in end.err


def test_a_name_that_is_none_does_not_keep_the_others_from_being_fetched(place):
    end = place.vlmhb("fetch", "nope", "tiny")

    assert 2 == end.code
    assert "tiny: Org/Tiny at " in end.out
    assert "nope" in end.err


def test_pin_leaves_a_file_alone_that_it_would_break(place):
    file = place.space.path / "configs/models/tiny.yaml"
    text = f"{file.read_text().partition('weights')[0]}weights:\n  repo: {REPO}\n"
    text += "  revision: >-\n    main\nmechanism_only: false\n"
    file.write_text(text)

    end = place.vlmhb("pin", "tiny")

    assert 2 == end.code
    assert f"cannot write the commits into {file}" in end.err
    assert place.hub.refs[REPO]["main"] in end.err
    assert text == file.read_text()


def test_pin_says_that_repos_beside_a_folder_are_left_to_the_author(place):
    place.write("mine", path="/weights", also=[{"repo": REPO}])

    end = place.vlmhb("pin", "mine")

    assert 2 == end.code
    assert "write the commits of the repos under `also`" in end.err
