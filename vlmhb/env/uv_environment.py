"""What uv hears of the user's environment."""

from pathlib import Path

from vlmhb.system.process import NETWORK_SETTINGS, inherited_environment

HONOURED = (
    "HOME",
    "PATH",
    "TMPDIR",
    "XDG_CACHE_HOME",
    "XDG_CONFIG_DIRS",
    "XDG_CONFIG_HOME",
    "XDG_DATA_HOME",
    "UV_CACHE_DIR",
    "UV_DEFAULT_INDEX",
    "UV_EXTRA_INDEX_URL",
    "UV_FIND_LINKS",
    "UV_HTTP_TIMEOUT",
    "UV_INDEX",
    "UV_INDEX_URL",
    "UV_OFFLINE",
    "UV_PYTHON_DOWNLOADS",
    "UV_PYTHON_INSTALL_DIR",
    "UV_SYSTEM_CERTS",
    *NETWORK_SETTINGS,
)
"""What uv hears of the user's environment: where things are, never how to build. Everything else
(other UV_*, PIP_*, VIRTUAL_ENV, PYTHON*, CONDA_*) stays outside, so that a variable left over from
another project cannot change what an env holds."""

_PLACES = (
    "SSL_CERT_DIR",
    "SSL_CERT_FILE",
    "UV_CACHE_DIR",
    "UV_DEFAULT_INDEX",
    "UV_FIND_LINKS",
    "UV_INDEX_URL",
    "UV_PYTHON_INSTALL_DIR",
)
"""Those of them that may hold a path."""

_NO = frozenset({"0", "f", "false", "n", "no", "off"})

_FIXED = {"UV_NO_PROGRESS": "1", "NO_COLOR": "1", "LC_ALL": "C.UTF-8"}


def uv_environment() -> dict[str, str]:
    """The user's settings that count, with absolute paths, and what is the same for everybody."""
    # A variable set to nothing means "not set" here, as make and shells leave them behind.
    inherited = {name: v for name, v in inherited_environment(HONOURED).items() if v}
    if inherited.get("UV_OFFLINE", "").lower() in _NO:
        del inherited["UV_OFFLINE"]
    # Relative to the folder of the user, not to the one uv runs in.
    for name in _PLACES:
        if name in inherited:
            inherited[name] = ",".join(_absolute(part) for part in inherited[name].split(","))
    return inherited | _FIXED


def _absolute(place: str) -> str:
    return place if "://" in place else str(Path(place.strip()).absolute())
