"""What weights would take, of a hub that listens."""

import threading
from dataclasses import replace
from pathlib import Path

import pytest

from tests.hub_server import cut_after, refuse
from tests.unit.weights.repos import BIG, FILES, REF, REPO, SIZE_BYTES
from vlmhb.domain.model import WeightsRef
from vlmhb.domain.needs import WeightsNeed
from vlmhb.errors import WeightsError
from vlmhb.system.deadline import Deadline
from vlmhb.weights import Hub, WeightsStore
from vlmhb.weights.need import WeightsNeeds


def need(store: WeightsStore, ref: WeightsRef = REF, *, keeps_lists: bool = False) -> WeightsNeed:
    return WeightsNeeds(store, threading.Event(), keeps_lists=keeps_lists).of("m", ref)


def offline(store: WeightsStore) -> WeightsStore:
    """One that would fail if it asked anybody."""
    return replace(store, hub=Hub("http://127.0.0.1:9"), offline=True)


def test_sizes_are_asked_and_nothing_is_fetched_or_kept(hub, store):
    hub.put(REPO, FILES)

    found = need(store)

    assert (SIZE_BYTES, SIZE_BYTES) == (found.total.size_bytes, found.download.size_bytes)
    assert len(BIG) == found.numbers.size_bytes
    assert not any("/resolve/" in path for path in hub.paths())
    assert not store.cache.exists()


def test_a_list_that_is_kept_is_not_asked_for_again(hub, store):
    commit = hub.put(REPO, FILES)
    need(store, keeps_lists=True)
    asked = [path for path in hub.paths() if "/tree/" in path]

    store.ensure(REF)

    assert [f"/api/models/{REPO}/tree/{commit}"] == [path.partition("?")[0] for path in asked]
    assert asked == [path for path in hub.paths() if "/tree/" in path]


def test_what_is_here_needs_nobody(hub, store):
    hub.put(REPO, FILES)
    store.ensure(REF)
    hub.seen.clear()

    found = need(store)

    assert (SIZE_BYTES, 0, len(BIG)) == (
        found.total.size_bytes,
        found.download.size_bytes,
        found.numbers.size_bytes,
    )
    assert [] == hub.paths()


def test_what_came_before_a_failure_is_not_to_come_again(hub, store):
    hub.put(REPO, {"model.safetensors": BIG})
    hub.on("/cdn/", cut_after(BIG, 200_000), *[refuse(503)] * 3)
    with pytest.raises(WeightsError):
        store.ensure(REF)

    assert len(BIG) - 200_000 == need(store).download.size_bytes


def test_a_file_that_two_models_share_has_one_name(hub, store):
    hub.put(REPO, FILES)
    hub.put("Org/Other", {"model.safetensors": BIG})

    first, second = need(store), need(store, WeightsRef("Org/Other"))

    assert set(second.files) <= set(first.files)


def test_further_repos_are_counted_too(hub, store):
    hub.put(REPO, FILES)
    hub.put("Org/Other", {"config.json": b"{}"})

    found = need(store, replace(REF, also=(WeightsRef("Org/Other"),)))

    assert SIZE_BYTES + 2 == found.download.size_bytes


def test_offline_what_is_missing_is_an_obstacle_and_its_size_not_known(store):
    found = need(offline(store))

    assert (None, None) == (found.download.size_bytes, found.total.size_bytes)
    assert found.obstacle is not None
    assert "vlmhb models fetch" in found.obstacle.fix


def test_a_hub_that_does_not_answer_leaves_it_unknown_and_a_refusal_is_certain(hub, store):
    gone = replace(store, hub=Hub("http://127.0.0.1:9"))

    unreachable, refused = need(gone), need(store, WeightsRef("Org/Gone"))

    assert (None, None) == (unreachable.obstacle, unreachable.download.size_bytes)
    assert "cannot be reached" in unreachable.download.why
    assert refused.obstacle is not None
    assert "no such repo" in refused.obstacle.problem


def test_a_folder_is_there_or_is_an_obstacle(store, tmp_path: Path):
    folder = tmp_path / "own"
    folder.mkdir()
    (folder / "model.safetensors").write_bytes(b"12345")
    (folder / "config.json").write_bytes(b"{}")

    there = need(store, WeightsRef(path=str(folder)))
    gone = need(store, WeightsRef(path=str(tmp_path / "gone")))

    assert (7, 0, 5) == (
        there.total.size_bytes,
        there.download.size_bytes,
        there.numbers.size_bytes,
    )
    assert gone.obstacle is not None
    assert "there is no such folder" in gone.obstacle.problem


def test_after_the_deadline_the_hub_is_not_asked(hub, store):
    hub.put(REPO, FILES)

    found = WeightsNeeds(store, threading.Event(), deadline=Deadline(0.0)).of("m", REF)

    assert (None, None) == (found.download.size_bytes, found.obstacle)
    assert "was not asked" in found.download.why
    assert [] == hub.seen
