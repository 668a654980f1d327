"""Refusals: what uv says when it fails, as an error somebody can act on."""

import re

from vlmhb.errors import EnvError

_HASHES_SHOWN = 2
"""A wheel of numpy has seventy siblings with a hash of their own."""

_NEVER_FETCHED = (
    "it was never downloaded here: run once with a network and without --offline, or bring what "
    "`vlmhb env pack` wrote elsewhere"
)
_NO_SOLUTION = r"Because (?:there is no version of |this-envspec depends on )?([A-Za-z0-9._-]+)"

_PROBLEMS = (
    (
        r"Hash mismatch for `([^`]+)`",
        "this is not the file that was locked: find out why before trusting it; after a deliberate "
        "change, lock again with `vlmhb env lock NAME`",
    ),
    (
        r"no hashes were provided or computed for: (\S+)",
        "the index offers another build than the one locked; set UV_FIND_LINKS to the folder that "
        "holds the locked one, or lock again with `vlmhb env lock NAME`",
    ),
    (
        r"Because (\S+?)(?:==\S+)? was not found in the cache",
        _NEVER_FETCHED,
    ),
    (
        r"Because (\S+) has no (?:usable )?wheels",
        "nothing is built from source unless envspec.yaml says so: choose a version that has a "
        "wheel for this Python and platform, or list it in `no_deps`, with a reason in `build`",
    ),
    (
        r"/(torch(?:vision|audio)?)/",
        "check the network; where the index of its builds cannot be reached, set UV_FIND_LINKS to "
        "a folder that holds its wheel",
    ),
    (
        r"/simple/([A-Za-z0-9._-]+)/",
        "check the network, the proxy variables, SSL_CERT_FILE and UV_DEFAULT_INDEX, then run the "
        "same command again",
    ),
    (r"Failed to (?:download|fetch|build|install)[^`]*`([^`]+)`", "run the same command again"),
    (
        r"Because there is no version of (torch(?:vision|audio)?)(?:\{[^}]*\})?==\S+\+",
        "the index offers no such build of it; set UV_FIND_LINKS to a folder that holds its wheel",
    ),
    (
        _NO_SOLUTION,
        "change the requirements in envspec.yaml so that one set of versions satisfies all, then "
        "run `vlmhb env lock NAME`",
    ),
)
"""(what uv says, with the package in the group; what helps), the most telling first."""


def explain(stderr: str, doing: str, *, offline: bool = False) -> EnvError:
    """What uv refused: the package first, then the end of what it said, and what helps.

    `offline` says that it was forbidden to look for a package anywhere but here.
    """
    text = _abridged(stderr).strip()
    for pattern, next_step in _PROBLEMS:
        if match := re.search(pattern, text):
            package = match.group(1).rstrip(",.")
            helps = _NEVER_FETCHED if offline and pattern == _NO_SOLUTION else next_step
            return EnvError(doing, f"{package}\n{text}", next_step=helps)
    return EnvError(doing, f"uv said:\n{text}", next_step="run the same command again")


def _abridged(stderr: str, lines_kept: int = 30) -> str:
    """The last lines, with long lists of hashes cut short."""
    kept: list[str] = []
    hashes = 0
    for line in stderr.splitlines():
        hashes = hashes + 1 if line.strip().startswith("sha256:") else 0
        if hashes <= _HASHES_SHOWN:
            kept.append(line)
        elif hashes == _HASHES_SHOWN + 1:
            kept.append(line[: len(line) - len(line.lstrip())] + "(and more)")
    return "\n".join(kept[-lines_kept:])
