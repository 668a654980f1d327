"""`vlmhb plan` and `vlmhb run` by the real command line: what one says the other does."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.disks import FakeDisks
from tests.guides import block, follow, not_in
from tests.hub_server import HubServer, running_hub
from tests.workspace import Workspace
from vlmhb.config import Overrides
from vlmhb.errors import UnusableError
from vlmhb.pipeline import RunOptions, run
from vlmhb.schedule import Progress

pytestmark = pytest.mark.uv

FILES = {"config.json": b"{}", "model.safetensors": b"numbers" * 100}
SIZE = sum(map(len, FILES.values()))


@pytest.fixture
def hub() -> Iterator[HubServer]:
    with running_hub() as server:
        yield server


def places(space: Workspace, hub: HubServer) -> dict[str, str]:
    return {"HF_HOME": str(space.path / "hf"), "HF_ENDPOINT": hub.url}


def last_line(out: str) -> str:
    return out.rstrip().rpartition("\n")[2]


def test_what_a_plan_has_to_build_and_to_fetch_the_run_builds_and_fetches_and_no_more(
    tmp_path: Path, hub: HubServer
):
    space = Workspace.create(tmp_path / "user", tmp_path / "envs")
    hub.put("Org/Name", FILES)
    space.write_model("model", {}, weights={"repo": "Org/Name"})
    told = places(space, hub)

    before = space.vlmhb("plan", "run", "--json", **told).json
    first = space.vlmhb("run", "run", "--ui", "plain", **told)
    after = space.vlmhb("plan", "run", "--new", "--json", **told).json
    second = space.vlmhb("run", "run", "--new", "--ui", "plain", **told)

    assert (False, SIZE) == (
        before["envs"][0]["is_ready"],
        before["weights"][0]["download"]["size_bytes"],
    )
    assert 'building env "toy"' in first.err
    assert SIZE == sum(size for name, size in hub.sent_bytes.items() if name in FILES)
    assert (True, 0) == (
        after["envs"][0]["is_ready"],
        after["weights"][0]["download"]["size_bytes"],
    )
    assert "building env" not in second.err
    assert SIZE == sum(size for name, size in hub.sent_bytes.items() if name in FILES)


def test_a_plan_tells_what_earlier_runs_took_and_what_is_left(workspace: Workspace):
    new = workspace.vlmhb("plan", "run")
    workspace.vlmhb("run", "run", "--limit", "2", "--out", "runs/first")
    again = workspace.vlmhb("plan", "run", "--json").json
    goes_on = workspace.vlmhb("plan", "run", "--limit", "2", "--out", "runs/first")

    assert "model: no history" in new.out
    assert "this can run" == last_line(new.out)
    (told,) = again["time"]["models"]
    assert (6, "first", 2) == (told["left"], told["history"]["run"], told["history"]["requests"])
    assert told["total_s"] == pytest.approx(
        told["history"]["load_s"] + 6 * told["history"]["request_s"]
    )
    assert told["total_s"] == pytest.approx(again["forecast"]["makespan_s"])
    path = [(one["doing"], one["name"]) for one in again["forecast"]["critical_path"]]
    assert [("load", "model"), ("answer", "model")] == path
    assert "forecast:" not in new.out
    assert "which is gone on with: 2 of 2 answered" in goes_on.out
    assert "this can run: nothing is left to ask" == last_line(goes_on.out)


def test_a_plan_of_a_folder_with_other_questions_is_refused_as_the_run_is(workspace: Workspace):
    workspace.vlmhb("run", "run", "--limit", "2", "--out", "out")

    planned = workspace.vlmhb("plan", "run", "--limit", "4", "--out", "out")
    started = workspace.vlmhb("run", "run", "--limit", "4", "--out", "out")

    assert (2, 2) == (planned.code, started.code)
    assert planned.err == started.err


def test_offline_plan_and_run_fail_for_the_same_reason(workspace: Workspace, hub: HubServer):
    workspace.write_model("model", {}, weights={"repo": "Org/Name"})
    told = places(workspace, hub)

    planned = workspace.vlmhb("plan", "run", "--offline", **told)
    started = workspace.vlmhb("run", "run", "--offline", "--ui", "plain", **told)

    assert (4, 4) == (planned.code, started.code)
    assert "this cannot run: model: not in the cache" in last_line(planned.out)
    assert "vlmhb models fetch" in planned.out
    assert "not in the cache" in started.err
    assert [] == hub.seen


def test_what_is_not_known_is_no_number_and_the_last_line_says_so(workspace: Workspace):
    workspace.write_model("model", {}, weights={"repo": "Org/Name"})
    nobody = {"HF_HOME": str(workspace.path / "hf"), "HF_ENDPOINT": "http://127.0.0.1:9"}

    text = workspace.vlmhb("plan", "run", **nobody)
    in_json = workspace.vlmhb("plan", "run", "--json", **nobody).json

    assert 0 == text.code
    assert re.search(r"Org/Name@main: to download: not known \(.*cannot be reached", text.out)
    assert "this can run, as far as is known; not known: size of weights" == last_line(text.out)
    assert [] == [line for line in text.out.splitlines() if line != line.rstrip()]
    assert in_json["weights"][0]["download"]["size_bytes"] is None
    assert [None] == [disk["likely"]["size_bytes"] for disk in in_json["disks"]]


def test_the_guide_says_what_a_plan_says(workspace: Workspace):
    shown = block("plan.md", "folder:").partition("...\n")

    first, second = follow("plan.md", workspace.path, workspace.environment())

    assert (0, "it can run\n") == (first.returncode, second.stdout), first.stderr + second.stderr
    assert [] == not_in(first.stdout, shown[2])
    assert json.loads((workspace.path / "plan.json").read_bytes())["can_run"]


class Silent:
    """Hears of a run and says nothing."""

    def planned(self, folder: Path, left: Mapping[str, int], done: Mapping[str, int]) -> None:
        pass

    def see(self, step: Progress) -> None:
        pass


def test_a_run_that_would_fill_the_disk_ends_before_it_builds_or_fetches(
    tmp_path: Path, hub: HubServer, monkeypatch: pytest.MonkeyPatch
):
    space = Workspace.create(tmp_path / "user", tmp_path / "envs")
    hub.put("Org/Name", FILES)
    space.write_model("model", {}, weights={"repo": "Org/Name"})
    for name, value in places(space, hub).items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(space.path)
    data = tmp_path / "datasets"
    options = RunOptions(
        "run", Overrides(), space.envs, data, space.path / "runs", disks=FakeDisks(1000)
    )

    with pytest.raises(UnusableError, match="the disk does not suffice") as caught:
        run(options, Silent())

    assert 4 == caught.value.exit_code
    assert not space.envs.exists()
    assert not any("/resolve/" in path for path in hub.paths())
