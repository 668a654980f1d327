"""Files of the hub whose checksum the task names, too, and files that go into folders."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hub_server import HubServer, running_hub
from vlmhb.datasets.cache import DatasetCache
from vlmhb.datasets.fetch import located, to_fetch
from vlmhb.domain.task import DatasetRef, SourceFile

TABLE = b"index\tquestion\n"
SMALL = b"small"
REPO = "datasets/Org/Pages"


@pytest.fixture
def hub() -> Iterator[HubServer]:
    with running_hub() as hub:
        hub.put(REPO, {"data/table.tsv": TABLE, "small.csv": SMALL})
        yield hub


@pytest.fixture(autouse=True)
def places(hub: HubServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HF_ENDPOINT", hub.url)
    for name in ("LMUData", "HF_HOME", "HF_TOKEN", "HF_HUB_OFFLINE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("place", "content"), [("data/table.tsv", TABLE), ("small.csv", SMALL)], ids=["large", "small"]
)
def test_a_file_of_the_hub_with_the_task_s_own_checksum_is_taken(
    hub: HubServer, tmp_path: Path, place: str, content: bytes
):
    """The hub tells a sha256 of large files alone."""
    digest = hashlib.sha256(content).hexdigest()
    source = SourceFile(f"hub:Org/Pages@main/{place}", "into/folders/file.tsv", digest)
    asked = DatasetRef("pages", "vlmeval_tsv", "", source.path, "own work", source=(source,))
    cache = DatasetCache(tmp_path / "cache")

    found = located(asked, cache)

    assert content == Path(found.root, source.path).read_bytes()
    assert f"hub:Org/Pages@{hub.refs[REPO]['main']}/{place}" == found.source[0].url
    assert to_fetch(asked, cache) is None
