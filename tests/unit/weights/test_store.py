"""Weights that are found or fetched."""

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.hub_server import HubServer, cut_after, refuse, send
from tests.unit.weights.repos import BIG, FILES, REF, REPO, SIZE_BYTES
from vlmhb.domain.model import WeightsRef
from vlmhb.domain.weights import WeightsFolder
from vlmhb.errors import UsageError, WeightsError
from vlmhb.weights import Absent, FetchedWeights, Hub, WeightsStore


def contents(fetched: FetchedWeights) -> dict[str, bytes]:
    return {name: (fetched.folder / name).read_bytes() for name in fetched.files}


def offline(store: WeightsStore) -> WeightsStore:
    """One that would fail if it asked anybody."""
    return replace(store, hub=Hub("http://127.0.0.1:9"), offline=True)


def blob_of(fetched: FetchedWeights, name: str) -> Path:
    return (fetched.folder / name).resolve()


def test_what_a_branch_means_is_found_out_and_all_its_files_are_fetched(hub, store):
    commit = hub.put(REPO, FILES)

    fetched = store.ensure(REF)

    assert FILES == contents(fetched)
    assert (REPO, "main", commit) == (fetched.repo, fetched.revision, fetched.revision_commit)
    assert SIZE_BYTES == fetched.size_bytes
    assert fetched == offline(store).ensure(REF)


def test_what_is_here_is_not_fetched_again(hub, store):
    hub.put(REPO, FILES)
    store.ensure(REF)
    hub.seen.clear()

    store.ensure(REF)

    assert [f"/api/models/{REPO}/revision/main"] == hub.paths()


def test_a_commit_that_is_here_needs_no_hub(hub, store):
    commit = hub.put(REPO, FILES)
    ref = WeightsRef(REPO, commit)
    first = store.ensure(ref)
    hub.seen.clear()

    assert first == store.ensure(ref)
    assert [] == hub.paths()


def test_a_branch_that_moved_is_followed_and_files_that_stayed_are_not_sent_again(hub, store):
    old = hub.put(REPO, FILES)
    store.ensure(REF)
    new = hub.put(REPO, {**FILES, "config.json": b"{}"}, commit="a" * 40)

    fetched = store.ensure(REF)

    assert (new, b"{}") == (fetched.revision_commit, contents(fetched)["config.json"])
    assert len(BIG) == hub.sent_bytes["model.safetensors"]
    assert FILES == contents(store.ensure(WeightsRef(REPO, old)))


def test_a_commit_does_not_become_what_the_users_cache_takes_for_main(hub, store):
    old = hub.put(REPO, FILES)
    new = hub.put(REPO, {**FILES, "config.json": b"{}"}, commit="a" * 40)
    store.ensure(REF)

    store.ensure(WeightsRef(REPO, old))

    assert new == offline(store).ensure(REF).revision_commit


def test_a_connection_that_breaks_is_taken_up_where_it_broke(hub, store):
    hub.put(REPO, FILES)
    hub.on("/cdn/", cut_after(BIG, 100_000), cut_after(BIG, 50_000))

    fetched = store.ensure(REF)

    assert FILES == contents(fetched)
    assert len(BIG) == hub.sent_bytes["model.safetensors"]
    ranges = [seen.range for seen in hub.seen if "/cdn/" in seen.path]
    assert ["", "bytes=100000-", "bytes=150000-"] == ranges


def test_a_fetch_that_failed_is_gone_on_with_by_the_next_one(hub, store):
    hub.put(REPO, FILES)
    hub.on("/cdn/", cut_after(BIG, 200_000), *[refuse(503)] * 3)
    with pytest.raises(WeightsError, match="503"):
        store.ensure(REF)
    before = hub.sent_bytes["model.safetensors"]

    fetched = store.ensure(REF)

    assert FILES == contents(fetched)
    assert len(BIG) - 200_000 == hub.sent_bytes["model.safetensors"] - before


def test_progress_counts_bytes_up_to_the_whole(hub, store):
    hub.put(REPO, FILES)
    hub.on("/cdn/", cut_after(BIG, 100_000))
    told: list[tuple[str, int, int]] = []

    store.ensure(REF, on_progress=lambda *step: told.append(step))

    assert (f"fetching {REPO}", SIZE_BYTES, SIZE_BYTES) == told[-1]
    assert sorted(told) == told


def test_progress_takes_back_what_was_thrown_away(hub, store):
    hub.put(REPO, FILES)
    hub.on("/cdn/", cut_after(BIG, 100_000), cut_after(bytes(len(BIG)), len(BIG)))
    told: list[tuple[str, int, int]] = []

    fetched = store.ensure(REF, on_progress=lambda *step: told.append(step))

    assert FILES == contents(fetched)
    assert SIZE_BYTES == told[-1][1]


def test_a_server_that_is_busy_is_asked_again_when_it_says(hub, store):
    hub.put(REPO, FILES)
    store = replace(store, patience=replace(store.patience, wait_s=60.0))
    hub.on("/revision/", refuse(429, Retry_After="0"), refuse(503, Retry_After="0"))

    assert FILES == contents(store.ensure(REF))


def test_a_server_that_is_busy_is_asked_again(hub, store):
    hub.put(REPO, FILES)
    hub.on("/tree/", refuse(500), refuse(504))
    hub.on("config.json", refuse(502))

    assert FILES == contents(store.ensure(REF))


def test_a_long_list_of_files_comes_in_pages(hub, store):
    hub.put(REPO, {f"part{number}.json": b"%d" % number for number in range(7)})
    hub.page_size = 3

    assert 7 == len(store.ensure(REF).files)


def test_the_token_goes_to_the_hub_and_not_where_it_redirects_to(hub, store):
    hub.put(REPO, FILES)
    hub.gated[REPO] = "hf_canary"

    replace(store, hub=Hub(hub.url, "hf_canary")).ensure(REF)

    sent = {(seen.host.partition(":")[0], seen.authorization) for seen in hub.seen}
    assert {("127.0.0.1", "Bearer hf_canary"), ("localhost", "")} == sent


def test_the_token_does_not_follow_a_list_of_files_to_another_server(hub, store):
    commit = hub.put(REPO, FILES)
    following = f"http://localhost:{hub.port}/api/models/{REPO}/tree/{commit}"
    hub.on("/tree/", send(b"[]", Link=f'<{following}>; rel="next"'))

    replace(store, hub=Hub(hub.url, "hf_canary")).ensure(REF)

    assert {""} == {seen.authorization for seen in hub.seen if "localhost" in seen.host}
    assert f"/api/models/{REPO}/tree/{commit}" in hub.paths()


@pytest.mark.parametrize("status", [302, 307, 308])
def test_a_redirect_within_the_hub_keeps_the_token(hub, store, status):
    """A repo that was renamed answers so."""
    commit = hub.put(REPO, FILES)
    hub.gated[REPO] = "hf_canary"
    target = f"/{REPO}/resolve/{commit}/config.json"
    hub.on("config.json", lambda exchange: exchange.send(status, b"", Location=target))

    fetched = replace(store, hub=Hub(hub.url, "hf_canary")).ensure(REF)

    assert FILES == contents(fetched)


def test_two_who_want_the_same_get_it_once(hub, store):
    hub.put(REPO, FILES)
    began, go_on = threading.Event(), threading.Event()
    waited = threading.Event()

    def slowly(exchange) -> None:
        began.set()
        go_on.wait(20)
        exchange.answer()

    def see(stage: str, _done: int, _total: int) -> None:
        if stage.startswith("waiting for another process"):
            waited.set()
            go_on.set()

    hub.on("/cdn/", slowly)
    first = threading.Thread(target=store.ensure, args=(REF,))
    first.start()
    began.wait(20)
    second = replace(store).ensure(REF, on_progress=see)
    first.join(20)

    assert waited.is_set()
    assert FILES == contents(second)
    assert len(BIG) == hub.sent_bytes["model.safetensors"]


def test_a_file_that_was_cut_in_the_cache_is_fetched_anew(hub, store):
    hub.put(REPO, FILES)
    fetched = store.ensure(REF)
    blob = blob_of(fetched, "model.safetensors")
    blob.chmod(0o644)
    blob.write_bytes(BIG[:1000])

    assert isinstance(store.look(REF), Absent)
    assert FILES == contents(store.ensure(REF))


def test_a_file_that_took_the_place_of_a_link_is_replaced(hub, store):
    """The hub's library puts files there where a file system has no links."""
    hub.put(REPO, FILES)
    link = store.ensure(REF).folder / "config.json"
    link.unlink()
    link.write_text("{")

    assert FILES == contents(store.ensure(REF))


def test_weights_are_read_only_for_those_who_use_them(hub, store):
    hub.put(REPO, FILES)

    fetched = store.ensure(REF)

    assert 0 == blob_of(fetched, "model.safetensors").stat().st_mode & 0o222


def test_patterns_choose_and_others_stay_away(hub, store):
    hub.put(REPO, {**FILES, "pytorch_model.bin": b"pickle"})

    safe = store.ensure(REF)
    chosen = store.ensure(WeightsRef(REPO, include=("*.json", "*.bin")))

    assert tuple(FILES) == safe.files
    assert ("config.json", "pytorch_model.bin", "sub/tokenizer.json") == chosen.files
    assert safe.digest != chosen.digest


def test_further_repos_are_fetched_and_count(hub, store):
    commit = hub.put("Org/Clip", {"config.json": b"[]"}, ref="v1")
    hub.put(REPO, FILES)

    fetched = store.ensure(replace(REF, also=(WeightsRef("Org/Clip", "v1"),)))

    assert [(REPO, "main"), ("Org/Clip", "v1")] == [
        (one.repo, one.revision) for one in fetched.folders
    ]
    assert commit == fetched.folders[1].commit
    assert fetched.digest != store.ensure(REF).digest


def test_the_users_variables_say_where_and_whom_to_ask(monkeypatch, tmp_path):
    variables = {
        "HF_HOME": str(tmp_path),
        "HF_ENDPOINT": "https://mirror.example/",
        "HF_TOKEN": "hf_canary",
        "HF_HUB_OFFLINE": "1",
    }
    for name, value in {**variables, "HF_HUB_CACHE": "", "HUGGINGFACE_HUB_CACHE": ""}.items():
        monkeypatch.setenv(name, value)

    store = WeightsStore.standard()

    assert tmp_path / "hub" == store.cache
    assert Hub("https://mirror.example", "hf_canary") == store.hub
    assert store.offline


def test_a_commit_is_looked_up_and_offline_it_is_the_last_that_was_fetched(hub, store):
    old = hub.put(REPO, FILES)
    store.ensure(REF)
    new = hub.put(REPO, {"config.json": b"new"}, commit="a" * 40)

    assert (new, old) == (store.commit_of(REF), offline(store).commit_of(REF))
    with pytest.raises(WeightsError, match="offline"):
        offline(store).commit_of(WeightsRef(REPO, "v2"))


def test_a_list_of_files_in_a_form_that_nobody_knows_yet_is_asked_for_again(hub, store):
    hub.put(REPO, FILES)
    store.ensure(REF)
    for tree in store.cache.glob("*/trees/*"):
        tree.write_text('{"format_version": 2, "files": []}')
    hub.seen.clear()

    store.ensure(REF)
    store.ensure(REF)

    assert 1 == sum("/tree/" in path for path in hub.paths())


@pytest.mark.parametrize("is_begun", [False, True])
def test_what_is_here_is_looked_at_without_asking(hub, store, tmp_path, is_begun):
    if is_begun:
        commit = hub.put(REPO, FILES)
        store.cache.joinpath("models--Org--Tiny/snapshots", commit).mkdir(parents=True)
        looked = store.look(WeightsRef(REPO, commit))
        assert Absent("none of its files is here", commit) == looked
    else:
        looked = store.look(REF)
        assert isinstance(looked, Absent)
        assert "nothing of this repo" in looked.what
    assert Absent("there is no such folder") == store.look(WeightsRef(path=str(tmp_path / "no")))
    assert [] == hub.seen


def test_a_folder_of_this_machine_is_taken_as_it_is(store, tmp_path):
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "config.json").write_text("{}")

    fetched = store.ensure(WeightsRef(path=str(folder), revision=""))

    assert (folder, "") == (fetched.folder, fetched.revision_commit)
    assert (WeightsFolder("", "", "", folder, ("config.json",)),) == fetched.folders
    assert ("config.json",) == fetched.files


def without_listing(store: WeightsStore) -> None:
    """As older versions of the hub's library leave it."""
    for tree in store.cache.glob("*/trees/*"):
        tree.unlink()


def cut_link(store: WeightsStore) -> None:
    without_listing(store)
    for blob in store.cache.glob("*/blobs/*"):
        if blob.stat().st_size == len(BIG):
            blob.unlink()


def lose_part(store: WeightsStore) -> None:
    without_listing(store)
    for link in store.cache.glob("*/snapshots/*/model.safetensors"):
        link.unlink()


def lose_file(store: WeightsStore) -> None:
    for link in store.cache.glob("*/snapshots/*/config.json"):
        link.unlink()


def test_offline_a_cache_that_others_made_will_do(hub, store):
    hub.put(REPO, FILES)
    fetched = store.ensure(REF)
    without_listing(store)

    assert fetched == offline(store).ensure(REF)


@pytest.mark.parametrize(
    ("damage", "expected"),
    [
        (cut_link, "the content of model.safetensors is missing"),
        (lose_part, "model.safetensors is missing, which model.safetensors.index.json names"),
        (lose_file, "1 of 4 files are missing, e.g. config.json"),
    ],
)
def test_offline_what_is_not_whole_is_named(
    hub: HubServer, store: WeightsStore, damage: Callable[[WeightsStore], None], expected: str
):
    index = b'{"weight_map": {"a": "model.safetensors"}}'
    hub.put(REPO, {**FILES, "model.safetensors.index.json": index})
    store.ensure(REF)
    damage(store)

    with pytest.raises(WeightsError, match="offline") as caught:
        offline(store).ensure(REF)

    assert expected in str(caught.value)
    assert "vlmhb models fetch" in str(caught.value.next_step)


def test_offline_a_revision_that_is_not_here_is_named_with_those_that_are(hub, store):
    commit = hub.put(REPO, FILES)
    store.ensure(REF)

    with pytest.raises(WeightsError, match=f"{REPO} at v2 offline: .* only {commit}"):
        offline(store).ensure(WeightsRef(REPO, "v2"))


def test_a_fetch_that_failed_leaves_offline_what_was_there_before(hub, store):
    old = hub.put(REPO, FILES)
    store.ensure(REF)
    hub.put(REPO, {**FILES, "config.json": b"new"}, commit="a" * 40)
    hub.on("config.json", refuse(404, "EntryNotFound"))
    with pytest.raises(WeightsError):
        store.ensure(REF)

    assert old == offline(store).ensure(REF).revision_commit


@pytest.mark.parametrize(
    ("include", "expected"),
    [
        ((), "only config.json, sub/tokenizer.json are here, and no file of weights"),
        (("*.json", "*.safetensors"), "nothing that matches *.safetensors"),
    ],
)
def test_settings_alone_are_not_a_model_that_is_here(
    hub: HubServer, store: WeightsStore, include: tuple[str, ...], expected: str
):
    """Another program fetched them, to look what kind of model it is."""
    hub.put(REPO, FILES)
    store.ensure(REF)
    lose_part(store)

    here = store.look(WeightsRef(REPO, include=include))

    assert isinstance(here, Absent)
    assert expected in here.what


def test_a_commit_that_another_program_fetched_needs_no_hub(hub, store):
    ref = WeightsRef(REPO, hub.put(REPO, FILES))
    fetched = store.ensure(ref)
    without_listing(store)
    hub.on("/tree/", *[refuse(503)] * 9)

    assert fetched == store.ensure(ref)


def test_a_commit_of_which_a_part_is_here_needs_the_hub(hub, store):
    ref = WeightsRef(REPO, hub.put(REPO, FILES))
    store.ensure(ref)
    lose_part(store)
    hub.on("/tree/", *[refuse(503)] * 9)

    with pytest.raises(WeightsError, match="503"):
        store.ensure(ref)


def test_all_that_was_fetched_is_read_only(hub, store):
    hub.put(REPO, FILES)
    fetched = store.ensure(REF)

    assert {0o444} == {(fetched.folder / name).stat().st_mode & 0o777 for name in fetched.files}


def test_one_who_waits_hears_whom_is_asked_and_that_it_is_asked_again(hub, store):
    hub.put(REPO, FILES)
    hub.on("/revision/", refuse(503), refuse(503))
    heard: list[str] = []

    hasty = replace(store, patience=replace(store.patience, wait_s=0.0))
    hasty.commit_of(REF, on_progress=lambda stage, _done, _total: heard.append(stage))

    assert f"asking {hub.url} about {REPO}" == heard[0]
    assert f"{heard[0]}: the server answered 503 " in heard[-1]
    assert heard[-1].endswith("; attempt 3 of 3 follows")


@pytest.mark.parametrize("endpoint", ["huggingface.co", "http://[bad", "https://", "http://h:x"])
def test_an_endpoint_that_is_no_address_is_the_users_to_correct(monkeypatch, endpoint):
    monkeypatch.setenv("HF_ENDPOINT", endpoint)

    with pytest.raises(UsageError, match="HF_ENDPOINT") as caught:
        WeightsStore.standard()

    assert "https://" in str(caught.value.expected)
