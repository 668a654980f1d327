"""The hub's own library and vlmhb find what the other one fetched."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.hub_server import HubServer
from tests.unit.weights.repos import BIG, FILES, REF, REPO
from vlmhb.domain.model import WeightsRef
from vlmhb.weights import Absent, FetchedWeights, WeightsStore
from vlmhb.worker.hub_view import lay_out

DOWNLOAD = "import huggingface_hub as hub; print(hub.snapshot_download(*{words!r}))"
OPEN = "import huggingface_hub as hub; print(hub.hf_hub_download(*{words!r}, revision={name!r}))"
SCAN = """
import huggingface_hub as hub
found = hub.scan_cache_dir()
print([str(warning) for warning in found.warnings])
for repo in found.repos:
    for revision in repo.revisions:
        print(repo.repo_id, revision.commit_hash, *sorted(revision.refs))
"""


def library(cache: Path, code: str, **variables: str) -> str:
    """What the library prints, in a process of its own because it reads variables at import."""
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(cache.parent),
        "HF_HUB_CACHE": str(cache),
        "HF_HUB_DISABLE_XET": "1",
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        **variables,
    }
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
    )
    assert 0 == done.returncode, done.stderr
    return done.stdout


def fetched_here(store: WeightsStore, ref: WeightsRef = REF) -> FetchedWeights:
    here = store.look(ref)
    assert not isinstance(here, Absent), here.what
    return here


def test_the_library_finds_what_vlmhb_fetched(hub, store):
    hub.put(REPO, FILES)
    fetched = store.ensure(REF)

    code = DOWNLOAD.format(words=(REPO,))
    found = library(store.cache, code, HF_HUB_OFFLINE="1").strip()

    assert str(fetched.folder) == found
    assert f"[]\n{REPO} {fetched.revision_commit} main\n" == library(store.cache, SCAN)


def test_vlmhb_finds_what_the_library_fetched(hub: HubServer, store: WeightsStore):
    hub.put(REPO, {**FILES, "pytorch_model.bin": b"pickle"})
    library(store.cache, DOWNLOAD.format(words=(REPO,)), HF_ENDPOINT=hub.url)
    sent = hub.sent_bytes["model.safetensors"]

    fetched = store.ensure(REF)

    assert tuple(FILES) == fetched.files
    assert fetched == fetched_here(store)
    assert len(BIG) == sent == hub.sent_bytes["model.safetensors"]


def test_a_worker_sees_its_commit_as_main_whatever_the_users_cache_says(hub, store, tmp_path):
    old = hub.put(REPO, FILES)
    hub.put(REPO, {**FILES, "config.json": b"new"}, commit="a" * 40)
    hub.put("Org/Other", FILES)
    for ref in (REF, WeightsRef("Org/Other")):
        store.ensure(ref)
    scratch = tmp_path / "scratch"
    scratch.mkdir()

    lay_out(store.ensure(WeightsRef(REPO, old)).folders, scratch)

    code = DOWNLOAD.format(words=(REPO,))
    assert library(scratch / "hub", code, HF_HUB_OFFLINE="1").strip().endswith(old)
    assert f"[]\n{REPO} {old} main\n" == library(scratch / "hub", SCAN)


@pytest.mark.parametrize("name", ["main", "v1"])
def test_a_further_repo_opens_by_its_revision_and_as_main(hub, store, tmp_path, name):
    commit = hub.put("Org/Clip", FILES, ref="v1")
    scratch = tmp_path / "scratch"
    scratch.mkdir()

    lay_out(store.ensure(WeightsRef("Org/Clip", "v1")).folders, scratch)

    code = OPEN.format(words=("Org/Clip", "sub/tokenizer.json"), name=name)
    assert commit in library(scratch / "hub", code, HF_HUB_OFFLINE="1")
