"""The Hugging Face hub's folder and token."""

from collections.abc import Iterator

from vlmhb.cli.checks.check import Check, Status, isolated, why
from vlmhb.domain.sizes import gib
from vlmhb.system.hf_home import HfHome, find_hf_home
from vlmhb.system.mounts import nearest_folder, space_on
from vlmhb.system.volume import check_writable

_FIX = "set HF_HOME to a folder that can be written and has room for weights"

FREE_WANTED_BYTES = 20 << 30
"""The weights of a model with 7 billion parameters take about 15 GiB."""


def hub() -> Iterator[Check]:
    """Where weights are kept, and whether a token is at hand; never the token."""
    found = find_hf_home()
    yield from isolated("hf home", lambda: [_home(found)], fix=_FIX, status=Status.WARN)
    yield judge_token(found)


def _home(home: HfHome) -> Check:
    name = "hf home"
    try:
        folder = nearest_folder(home.folder)
        check_writable(folder)
    except OSError as error:
        found = f"{home.folder} cannot be written: {why(error)}"
        return Check(name, Status.WARN, found, _FIX)
    free = space_on(folder).free_bytes
    state = "exists" if home.folder.is_dir() else "not made yet"
    found = f"{home.folder} ({state}), {gib(free)} free"
    if free < FREE_WANTED_BYTES:
        return Check(name, Status.WARN, found, f"{_FIX}: a 7B model takes about 15 GiB")
    return Check(name, Status.OK, found)


def judge_token(home: HfHome) -> Check:
    """Whether gated models can be had; where the token is, never what it is."""
    name = "hf token"
    if not home.token_found_in:
        return Check(name, Status.OK, "none; only gated models need one (HF_TOKEN)")
    if home.token_exposed:
        found = f"present in {home.token_found_in}; other users may read {home.token_file}"
        return Check(name, Status.WARN, found, f"chmod 600 {home.token_file}")
    return Check(name, Status.OK, f"present in {home.token_found_in}")
