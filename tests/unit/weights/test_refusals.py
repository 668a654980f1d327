"""What stands in the way of weights, and what the user is told to do about it."""

import errno
import json
import resource
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from tests.hub_server import Behaviour, HubServer, cut_after, refuse, send, stall_after
from tests.unit.weights.repos import BIG, FILES, REF, REPO
from vlmhb.domain.model import WeightsRef
from vlmhb.errors import UsageError, WeightsError
from vlmhb.system.download import partial_of
from vlmhb.system.hub_files import HubFile
from vlmhb.system.mounts import Space, space_on
from vlmhb.system.patience import Patience
from vlmhb.system.web import UntrustedError
from vlmhb.weights import Hub, WeightsStore, room
from vlmhb.weights.cache import RepoCache
from vlmhb.weights.refusal import Wish
from vlmhb.weights.room import check_room, here_bytes

TOKEN = "hf_canary_71c5"


def with_token(hub: HubServer, store: WeightsStore, token: str = TOKEN) -> WeightsStore:
    return replace(store, hub=Hub(hub.url, token))


def gate(hub: HubServer) -> None:
    hub.gated[REPO] = "another token"


def hide(hub: HubServer) -> None:
    hub.private.add(REPO)


def always(part: str, behaviour: Behaviour) -> Callable[[HubServer], None]:
    return lambda hub: hub.on(part, *[behaviour] * 20)


@pytest.mark.parametrize(
    ("trouble", "token", "got", "step"),
    [
        (gate, "", "the repo is gated", "then set HF_TOKEN"),
        (gate, TOKEN, "the repo is gated", "with the account whose token is used"),
        (hide, "", "there is no such repo, or it is private", "a private one needs HF_TOKEN"),
        (hide, TOKEN, "there is no such repo, or it is private", "its token may not see it"),
        (always("", refuse(401)), TOKEN, "does not accept the token", "set HF_TOKEN to a valid"),
        (always("", refuse(429)), "", "allows no more requests for now", "wait some minutes"),
        (always("", refuse(500)), "", "500 Internal Server Error; 3 attempts", "has trouble"),
        (always("/cdn/", refuse(503)), "", "503 Service Unavailable; 3 attempts", "where this one"),
        (always("config.json", refuse(404, "EntryNotFound")), "", "404", "has trouble"),
        (always("/revision/", send(b"<html>")), "", "no JSON, so it is not the hub", "HF_ENDPOINT"),
        (always("/revision/", send(b'{"sha": 7}')), "", "named no commit", "HF_ENDPOINT"),
        (always("/tree/", send(b'["x"]')), "", "its list of files cannot be read", "HF_ENDPOINT"),
        (
            always("/cdn/", cut_after(BIG, 0)),
            "",
            "breaks off: the connection ended after 0 of 300000 bytes; 3 attempts",
            "it goes on where this one stopped",
        ),
        (
            always("config.json", cut_after(FILES["config.json"], 3)),
            "",
            "the connection ended after 3 of 22 bytes",
            "check the network",
        ),
        (
            always("/cdn/", send(bytes(len(BIG)))),
            "",
            "model.safetensors is not the file that the hub lists: its sha256 is",
            "a proxy or mirror changes files",
        ),
        (
            always("config.json", send(b"x" * len(FILES["config.json"]))),
            "",
            "config.json is not the file that the hub lists: its git hash is",
            "a proxy or mirror changes files",
        ),
        (always("/cdn/", send(b"short")), "", "the server has 5 bytes of it, not 300000", "again"),
    ],
)
def test_each_refusal_says_what_it_means_and_what_to_do(
    hub: HubServer,
    store: WeightsStore,
    trouble: Callable[[HubServer], None],
    token: str,
    got: str,
    step: str,
):
    hub.put(REPO, FILES)
    trouble(hub)

    with pytest.raises(WeightsError) as caught:
        with_token(hub, store, token).ensure(REF)

    assert f"cannot fetch the weights {REPO} at main" == caught.value.doing
    assert got in caught.value.got
    assert step in str(caught.value.next_step)
    assert TOKEN not in str(caught.value)


def test_a_revision_that_the_repo_lacks_is_told_from_a_repo_that_is_not_there(hub, store):
    hub.put(REPO, FILES)

    with pytest.raises(WeightsError, match=f"{REPO} at v9: the repo has no such revision"):
        store.ensure(WeightsRef(REPO, "v9"))
    with pytest.raises(WeightsError, match="Org/None at main: there is no such repo"):
        store.ensure(WeightsRef("Org/None"))


def test_a_hub_that_cannot_be_reached_is_named_and_a_way_without_it(hub, store):
    nobody = replace(store, hub=Hub("http://127.0.0.1:9"))

    with pytest.raises(WeightsError, match=r"http://127.0.0.1:9 cannot be reached") as caught:
        nobody.ensure(REF)

    assert "--offline" in str(caught.value.next_step)


def test_a_token_that_the_server_repeats_is_not_repeated(hub, store):
    hub.put(REPO, FILES)

    def quote(exchange) -> None:
        exchange.send_response(418, f"I saw {exchange.headers['Authorization']}")
        exchange.end_headers()

    hub.on("/revision/", quote)

    with pytest.raises(WeightsError, match=r"418 I saw Bearer \[token\]") as caught:
        with_token(hub, store).ensure(REF)

    assert TOKEN not in repr(with_token(hub, store))
    assert TOKEN not in str(caught.value)


@pytest.mark.parametrize("path", ["../evil", "/evil", "a/../../evil", "a\\..\\evil", ""])
def test_a_list_of_files_that_leads_out_of_its_folder_is_refused(hub, store, path, tmp_path):
    hub.put(REPO, FILES)
    entry = {"type": "file", "path": path, "size": 1, "oid": "a" * 40}
    hub.on("/tree/", send(json.dumps([entry]).encode()))

    with pytest.raises(WeightsError, match="no path inside a repo"):
        store.ensure(REF)

    assert [] == list(tmp_path.rglob("*evil*"))


@pytest.mark.parametrize("revision", ["../../evil", "/evil", ""])
def test_a_revision_that_leads_out_of_its_folder_is_no_revision(hub, store, revision):
    hub.put(REPO, FILES, ref=revision)

    with pytest.raises(WeightsError, match="no branch or tag can be called so"):
        store.ensure(WeightsRef(REPO, revision))


def test_patterns_that_match_nothing_are_answered_with_files_of_the_repo(hub, store):
    hub.put(REPO, FILES)

    with pytest.raises(WeightsError, match=r"no file matches \*\.gguf") as caught:
        store.ensure(WeightsRef(REPO, include=("*.gguf",)))

    assert "config.json" in str(caught.value.expected)


def test_a_repo_without_files_is_empty(hub, store):
    hub.put(REPO, {})

    with pytest.raises(WeightsError, match="the repo is empty"):
        store.ensure(REF)


def test_a_disk_without_room_is_noticed_before_anything_is_fetched(hub, store):
    hub.put(REPO, FILES)
    large = {"oid": "b" * 64, "size": 1 << 60}
    entry = {"type": "file", "path": "m.safetensors", "size": 1 << 60, "oid": "a" * 40}
    hub.on("/tree/", send(json.dumps([{**entry, "lfs": large}]).encode()))

    with pytest.raises(
        WeightsError, match=r"1073741824\.0 GiB are missing, and .* free in"
    ) as caught:
        store.ensure(REF)

    assert "HF_HOME" in str(caught.value.next_step)
    assert not [path for path in hub.paths() if "/resolve/" in path]


def test_room_that_what_came_before_takes_is_not_asked_for_again(store, tmp_path):
    size_bytes = space_on(tmp_path).free_bytes + (1 << 30)
    file = HubFile("m.safetensors", size_bytes, "b" * 64)
    repo, wish = RepoCache(store.cache, REPO), Wish(store.hub, REPO, "main")
    repo.blobs.mkdir(parents=True)
    with pytest.raises(WeightsError, match="are missing"):
        check_room(repo, wish, [file])

    with partial_of(repo.blobs / file.blob).open("wb") as partial:
        partial.truncate(min(size_bytes, 8 << 30))  # of zeros that take no room

    check_room(repo, wish, [file])


def test_a_file_that_becomes_whole_while_it_is_counted_is_not_asked_for_again(store):
    """Its partial one is gone from one look to the next."""
    file = HubFile("m.safetensors", len(BIG), "b" * 64)
    repo = RepoCache(store.cache, REPO)
    repo.blobs.mkdir(parents=True)
    partial = partial_of(repo.blobs / file.blob)
    partial.write_bytes(BIG)

    class Finishing(RepoCache):
        def has_blob(self, file: HubFile) -> bool:
            found = super().has_blob(file)
            if partial.exists():
                partial.rename(repo.blobs / file.blob)
            return found

    assert here_bytes(Finishing(store.cache, REPO), file) == len(BIG)
    assert here_bytes(repo, file) == len(BIG)


def test_a_fetch_ends_when_something_else_takes_the_room_for_the_rest(
    hub, store, monkeypatch: pytest.MonkeyPatch
):
    """And not with a full disk, on which no answer could be kept."""
    hub.put(REPO, FILES)
    hub.on("/cdn/", *[stall_after(BIG, 1_000)] * 20)
    looks: list[Space] = []

    def less_and_less(folder: Path) -> Space:
        looks.append(replace(space_on(folder), free_bytes=(1 << 30) if not looks else 250_000))
        return looks[-1]

    monkeypatch.setattr(room, "space_on", less_and_less)

    with pytest.raises(WeightsError, match=r"are missing, and 0\.0 GiB are free in"):
        store.ensure(REF)


@contextmanager
def small_files_only(most_bytes: int) -> Iterator[None]:
    """The kernel refuses to write more, as it does on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_disk_without_room_for_a_small_file_is_no_trouble_of_the_hub(hub, store):
    hub.put(REPO, {"config.json": b"x" * 10_000})

    with small_files_only(5_000), pytest.raises(WeightsError, match="File too large") as caught:
        store.ensure(REF)

    assert "free space, or set HF_HOME" in str(caught.value.next_step)


def test_a_disk_that_fills_up_meanwhile_is_no_trouble_of_the_hub(hub, store):
    hub.put(REPO, FILES)

    with small_files_only(100_000), pytest.raises(WeightsError, match="File too large") as caught:
        store.ensure(REF)

    assert "free space, or set HF_HOME" in str(caught.value.next_step)
    store.ensure(REF)
    assert "bytes=100000-" in {seen.range for seen in hub.seen if "/cdn/" in seen.path}


@pytest.mark.parametrize(
    ("number", "step"),
    [
        (errno.ENOSPC, "free space"),
        (errno.EROFS, "folder that can be written"),
        (errno.ENAMETOOLONG, "shorter path"),
        (errno.EPERM, "symbolic links"),
    ],
)
def test_what_the_file_system_refuses_has_its_way_out(number: int, step: str):
    error = Wish(Hub("http://hub"), REPO, "main").unwritable(OSError(number, "no", "/cache/x"))

    assert "no: /cache/x" == error.got
    assert step in str(error.next_step)


def test_a_folder_that_cannot_be_made_is_the_users_to_change(hub, store, tmp_path):
    hub.put(REPO, FILES)
    (tmp_path / "file").write_text("")

    with pytest.raises(WeightsError, match="Not a directory") as caught:
        replace(store, cache=tmp_path / "file").ensure(REF)

    assert "HF_HOME" in str(caught.value.next_step)


@pytest.mark.parametrize(
    ("part", "content"), [("/revision/", b"{}"), ("/tree/", b"[]"), ("/cdn/", BIG)]
)
def test_one_who_stops_wanting_them_does_not_wait_for_a_silent_server(
    hub: HubServer, store: WeightsStore, part: str, content: bytes
):
    hub.put(REPO, FILES)
    hub.on(part, stall_after(content, len(content) // 2))
    store = replace(store, patience=Patience(attempts=3, wait_s=30.0))
    cancelled = threading.Event()

    def lose_interest() -> None:
        hub.stalled.wait(20)
        cancelled.set()

    threading.Thread(target=lose_interest).start()

    with pytest.raises(WeightsError, match="nobody wants them"):
        store.ensure(REF, cancelled=cancelled)

    assert not hub.released.is_set(), "the server is silent still"
    assert not [thread for thread in threading.enumerate() if thread.name in {"fetch", "ask"}]


def test_one_who_does_not_want_them_asks_nobody(hub, store):
    hub.put(REPO, FILES)
    cancelled = threading.Event()
    cancelled.set()

    with pytest.raises(WeightsError, match="nobody wants them"):
        store.ensure(REF, cancelled=cancelled)

    assert [] == hub.seen


def test_one_who_stops_waiting_for_another_process_is_let_go(hub, store):
    hub.put(REPO, FILES)
    hub.on("/cdn/", stall_after(BIG, 1000))
    other = threading.Event()

    def fetch() -> None:
        with suppress(WeightsError):
            store.ensure(REF, cancelled=other)

    first = threading.Thread(target=fetch)
    first.start()
    hub.stalled.wait(20)
    cancelled = threading.Event()

    def see(stage: str, _done: int, _total: int) -> None:
        if stage.startswith("waiting"):
            cancelled.set()

    with pytest.raises(WeightsError, match="nobody wants them"):
        store.ensure(REF, cancelled=cancelled, on_progress=see)

    assert first.is_alive()
    other.set()
    first.join(20)


def test_what_came_with_the_wrong_content_is_not_kept(hub, store):
    hub.put(REPO, FILES)
    hub.on("/cdn/", send(bytes(len(BIG))))
    with pytest.raises(WeightsError):
        store.ensure(REF)

    assert (
        FILES["model.safetensors"] == (store.ensure(REF).folder / "model.safetensors").read_bytes()
    )


def test_what_was_left_by_a_broken_file_system_is_found_out(hub, store):
    """Two processes may have written into it at once, where locks do not work."""
    hub.put(REPO, FILES)
    hub.on("/cdn/", cut_after(BIG, 100_000), refuse(403))
    with pytest.raises(WeightsError):
        store.ensure(REF)
    (partial,) = store.cache.glob("*/blobs/.*.partial")
    partial.write_bytes(bytes(150_000))

    fetched = store.ensure(REF)

    assert BIG == (fetched.folder / "model.safetensors").read_bytes()


def test_what_somebody_else_removes_meanwhile_is_missed(hub, store):
    hub.put(REPO, FILES)
    link = store.ensure(WeightsRef(REPO, include=("*.safetensors",))).folder / "model.safetensors"

    def remove_and_answer(exchange) -> None:
        link.unlink()
        exchange.answer()

    hub.on("config.json", remove_and_answer)

    with pytest.raises(WeightsError, match=r"1 files did not stay .* model\.safetensors"):
        store.ensure(REF)


def test_a_certificate_that_nobody_vouches_for_asks_for_the_networks_own():
    refused = Wish(Hub("https://hub"), REPO, "main").refused(UntrustedError("self-signed"))

    assert "the certificate of https://hub is not trusted: self-signed" == refused.got
    assert "SSL_CERT_FILE" in str(refused.next_step)


def test_a_user_without_a_home_is_asked_for_a_folder(monkeypatch):
    monkeypatch.setenv("HF_HOME", "~nobody-has-this-name/hub")

    with pytest.raises(UsageError, match="no such home folder") as caught:
        WeightsStore.standard()

    assert "set HF_HOME" in str(caught.value.next_step)


def test_a_name_that_is_no_folder_is_no_place_for_weights(store, tmp_path: Path):
    with pytest.raises(WeightsError, match="there is no such folder"):
        store.ensure(WeightsRef(path=str(tmp_path / "none")))


def test_a_page_that_asks_for_a_login_is_not_taken_for_a_broken_line(hub, store):
    hub.put(REPO, FILES)
    hub.on("/revision/", send(b"<html>log in</html>"))

    with pytest.raises(WeightsError, match=f"what answers at {hub.url} is not the hub") as caught:
        store.ensure(REF)

    assert "log in" in str(caught.value.next_step)


@pytest.mark.parametrize("endpoint", ["huggingface.co", "http://127.0.0.1:port"])
def test_what_is_no_address_is_said_at_once(store, endpoint):
    with pytest.raises(WeightsError, match="no address"):
        replace(store, hub=Hub(endpoint)).ensure(REF)
