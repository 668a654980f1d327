"""Tasks whose data has to be fetched, by the real command line."""

import hashlib
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.hub_server import HubServer, running_hub
from tests.workspace import Workspace

REPO = "datasets/Org/Numbers"


@pytest.fixture
def hub() -> Iterator[HubServer]:
    with running_hub() as hub:
        yield hub


@pytest.fixture
def told(workspace: Workspace, hub: HubServer, tmp_path: Path) -> dict[str, str]:
    """Moves the workspace's data to the hub; gives the variables to find it there."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for file in sorted((workspace.path / "data").rglob("*.*")):
            archive.write(file, file.relative_to(workspace.path / "data"))
            file.unlink()
    hub.put(REPO, {"numbers.zip": content.getvalue()})
    task = workspace.path / "configs/tasks/numbers.yaml"
    told = yaml.safe_load(task.read_text())
    del told["dataset"]["root"]
    told["dataset"]["source"] = [
        {
            "url": f"{hub.url}/{REPO}/resolve/main/numbers.zip",
            "path": "numbers.zip",
            "sha256": hashlib.sha256(content.getvalue()).hexdigest(),
            "size_bytes": len(content.getvalue()),
            "unpack": True,
        }
    ]
    task.write_text(yaml.safe_dump(told))
    return {"VLMHB_DATASETS": str(tmp_path / "datasets"), "HOME": str(tmp_path)}


def test_validate_and_plan_say_what_is_missing_and_fetch_nothing(workspace, hub, told):
    validated = workspace.vlmhb("validate", "run", **told)
    planned = workspace.vlmhb("plan", "run", **told)
    as_json = workspace.vlmhb("plan", "run", "--json", **told)

    assert (0, 0) == (validated.code, planned.code), validated.err + planned.err
    for text in (validated.out, planned.out):
        assert "numbers: its data is not here; 1 file to fetch (0.0 MB)" in text
        assert f"{REPO}/resolve/main/numbers.zip" in text
    assert "numbers" == as_json.json["to_fetch"][0]["task"]
    assert [] == hub.seen


def test_data_is_fetched_once_and_used_offline_from_then_on(workspace, hub, told):
    fetched = workspace.vlmhb("validate", "run", "--fetch", **told)
    asked = len(hub.seen)
    planned = workspace.vlmhb("plan", "run", "--json", **told)

    assert "numbers: 6 samples, 6 pages" in fetched.out, fetched.err
    assert "fetching numbers.zip" in fetched.err
    assert 6 == planned.json["models"][0]["requests"]
    assert asked == len(hub.seen)


def test_a_run_offline_says_which_file_goes_where(workspace, hub, told):
    finished = workspace.vlmhb("run", "run", "--offline", **told)

    assert 4 == finished.code
    assert "numbers.zip (sha256 " in finished.err
    assert told["VLMHB_DATASETS"] in finished.err
    assert [] == hub.seen


def test_a_task_without_a_place_for_its_data_is_refused(workspace, told):
    task = workspace.path / "configs/tasks/numbers.yaml"
    content = yaml.safe_load(task.read_text())
    del content["dataset"]["source"][0]["sha256"]
    task.write_text(yaml.safe_dump(content))

    finished = workspace.vlmhb("validate", "run", **told)

    assert 2 == finished.code
    assert "dataset.source[0]" in finished.err
    assert "`sha256` or `md5`" in finished.err


def test_a_task_needs_data_here_or_a_source(workspace, told):
    task = workspace.path / "configs/tasks/numbers.yaml"
    content = yaml.safe_load(task.read_text())
    del content["dataset"]["source"]
    task.write_text(yaml.safe_dump(content))

    finished = workspace.vlmhb("validate", "run", **told)

    assert 2 == finished.code
    assert "`root`, the folder that holds the dataset, or a `source` of it" in finished.err
