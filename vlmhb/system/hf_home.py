"""Where the Hugging Face hub's files are kept here, how it is reached, and with which token."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from vlmhb.system.process import inherited_environment

TOKEN_VARIABLES = ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN")
_PLACES = ("HF_HOME", "HF_TOKEN_PATH", "XDG_CACHE_HOME", "HOME")
CACHE_VARIABLES = ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE")
"""The second is what older versions of the hub's library read."""

_OFFLINE_VARIABLES = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")
_YES = {"1", "ON", "YES", "TRUE"}
_ENDPOINT = "https://huggingface.co"

_OTHERS_MAY_READ = 0o044


@dataclass(frozen=True, slots=True)
class HfHome:
    """What the hub's library would use. The token itself is never kept."""

    folder: Path
    """HF_HOME, else huggingface below the cache folder."""
    token_file: Path
    token_found_in: str
    """The variable, or the file's path; empty when there is no token."""
    token_exposed: bool
    """Other users of this machine may read the file."""
    cache: Path
    """HF_HUB_CACHE, else hub below `folder`: what was downloaded."""
    endpoint: str
    """HF_ENDPOINT, else the hub itself; without a slash at the end."""
    offline: bool
    """HF_HUB_OFFLINE is set."""


def find_hf_home(variables: Mapping[str, str] | None = None) -> HfHome:
    """What `variables` say, by default those of this process.

    Raises:
        OSError: there is a token file that cannot be read, or this user has no home.
    """
    if variables is None:
        variables = _own()
    folder = _folder(variables)
    token_file = _token_file(variables)
    in_variable = [name for name in TOKEN_VARIABLES if variables.get(name, "").strip()]
    in_file = _holds_text(token_file)
    offline = next((value for name in _OFFLINE_VARIABLES if (value := variables.get(name))), "")
    cache = next((value for name in CACHE_VARIABLES if (value := variables.get(name))), "")
    return HfHome(
        cache=_expanded(cache) if cache else folder / "hub",
        endpoint=(variables.get("HF_ENDPOINT") or _ENDPOINT).rstrip("/"),
        offline=offline.upper() in _YES,
        folder=folder,
        token_file=token_file,
        token_found_in=next(iter(in_variable), str(token_file) if in_file else ""),
        token_exposed=in_file and bool(token_file.stat().st_mode & _OTHERS_MAY_READ),
    )


def read_token(variables: Mapping[str, str] | None = None) -> str:
    """The token for the hub, empty when there is none.

    Raises:
        OSError: there is a token file that cannot be read, or this user has no home.
    """
    if variables is None:
        variables = _own()
    in_variables = [variables.get(name, "").strip() for name in TOKEN_VARIABLES]
    return next(filter(None, in_variables), "") or _text_in(_token_file(variables))


def _own() -> Mapping[str, str]:
    names = (*TOKEN_VARIABLES, *_PLACES, *CACHE_VARIABLES, *_OFFLINE_VARIABLES, "HF_ENDPOINT")
    return inherited_environment(names)


def _token_file(variables: Mapping[str, str]) -> Path:
    named = variables.get("HF_TOKEN_PATH")
    return _expanded(named) if named else _folder(variables) / "token"


def _folder(variables: Mapping[str, str]) -> Path:
    if named := variables.get("HF_HOME"):
        return _expanded(named)
    if cache := variables.get("XDG_CACHE_HOME"):
        return _expanded(cache) / "huggingface"
    return _expanded(variables.get("HOME") or "~") / ".cache" / "huggingface"


def _expanded(written: str) -> Path:
    try:
        # In the order of the hub's library, so that both find the same folder.
        return Path(os.path.expandvars(Path(written).expanduser())).absolute()
    except RuntimeError as error:
        raise FileNotFoundError(0, f"{written}: no such home folder") from error


def _holds_text(file: Path) -> bool:
    return bool(_text_in(file))


def _text_in(file: Path) -> str:
    try:
        return file.read_bytes().strip().decode("utf-8", "replace")
    except (FileNotFoundError, NotADirectoryError):
        return ""
