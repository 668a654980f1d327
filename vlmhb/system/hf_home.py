"""Where the Hugging Face hub's files are kept here, and whether a token is at hand."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from vlmhb.system.process import inherited_environment

TOKEN_VARIABLES = ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN")
_PLACES = ("HF_HOME", "HF_TOKEN_PATH", "XDG_CACHE_HOME", "HOME")

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


def find_hf_home(variables: Mapping[str, str] | None = None) -> HfHome:
    """What `variables` say, by default those of this process.

    Raises:
        OSError: there is a token file that cannot be read, or this user has no home.
    """
    if variables is None:
        variables = inherited_environment((*TOKEN_VARIABLES, *_PLACES))
    folder = _folder(variables)
    named = variables.get("HF_TOKEN_PATH")
    token_file = _expanded(named) if named else folder / "token"
    in_variable = [name for name in TOKEN_VARIABLES if variables.get(name, "").strip()]
    in_file = _holds_text(token_file)
    return HfHome(
        folder=folder,
        token_file=token_file,
        token_found_in=next(iter(in_variable), str(token_file) if in_file else ""),
        token_exposed=in_file and bool(token_file.stat().st_mode & _OTHERS_MAY_READ),
    )


def _folder(variables: Mapping[str, str]) -> Path:
    if named := variables.get("HF_HOME"):
        return _expanded(named)
    if cache := variables.get("XDG_CACHE_HOME"):
        return Path(cache).absolute() / "huggingface"
    return _expanded(variables.get("HOME") or "~") / ".cache" / "huggingface"


def _expanded(written: str) -> Path:
    try:
        return Path(written).expanduser().absolute()
    except RuntimeError as error:
        raise FileNotFoundError(0, f"{written}: no such home folder") from error


def _holds_text(file: Path) -> bool:
    try:
        return bool(file.read_bytes().strip())
    except (FileNotFoundError, NotADirectoryError):
        return False
