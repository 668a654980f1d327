"""Why weights are not to be had, and what to do about it."""

import errno
from dataclasses import dataclass

from vlmhb.errors import WeightsError
from vlmhb.system.hub import Hub
from vlmhb.system.web import RefusedError, UntrustedError, WebError

_AGAIN = "run the same command again: it goes on where this one stopped"
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.ENOSYS}
"""How file systems without links refuse to make one."""


@dataclass(frozen=True, slots=True)
class Wish:
    """One revision of one repo, and the hub it is asked of."""

    hub: Hub
    repo: str
    revision: str

    def __str__(self) -> str:
        return f"{self.repo} at {self.revision}"

    def refused(self, error: WebError) -> WeightsError:
        """What the hub's refusal means."""
        if isinstance(error, UntrustedError):
            return self._error(
                f"the certificate of {self.hub.shown} is not trusted: {error}",
                "name the file with your network's certificates in SSL_CERT_FILE, and check the "
                "clock",
            )
        if error.status == 0:
            return self._strange(error)
        if error.code == "RevisionNotFound":
            return self._error(
                f"the repo has no such revision ({error})",
                "correct `revision` in the model file: a branch, a tag or a commit of 40 digits",
            )
        if error.status in {401, 403, 404} and error.code != "EntryNotFound":
            return self._closed(error)
        if error.status == 429:
            return self._error(
                f"the hub allows no more requests for now ({error})",
                f"wait some minutes, or set HF_TOKEN, which allows more; then {_AGAIN}",
            )
        return self._error(
            str(error), f"look whether the hub has trouble, or set HF_ENDPOINT; then {_AGAIN}"
        )

    def _strange(self, error: WebError) -> WeightsError:
        if isinstance(error, RefusedError):
            return self._error(
                f"what answers at {self.hub.shown} is not the hub, or not in order: {error}",
                "check HF_ENDPOINT and the proxy variables, and log in where the network asks for "
                f"it; then {_AGAIN}",
            )
        return self._error(
            f"{self.hub.shown} cannot be reached or breaks off: {error}",
            "check the network, the proxy variables and HF_ENDPOINT, or use what is here with "
            f"--offline; {_AGAIN}",
        )

    def _closed(self, error: WebError) -> WeightsError:
        page = f"{self.hub.shown}/{self.repo}"
        if error.code == "GatedRepo" or error.status == 403:
            step = f"accept its terms at {page}" + (
                " with the account whose token is used here (HF_TOKEN)"
                if self.hub.token
                else ", then set HF_TOKEN to a token of that account"
            )
            return self._error(f"the repo is gated ({error})", step)
        if error.status == 401 and self.hub.token and error.code != "RepoNotFound":
            return self._error(
                f"the hub does not accept the token ({error})",
                "set HF_TOKEN to a valid one; without any, only open repos can be had",
            )
        hidden = "its token may not see it" if self.hub.token else "a private one needs HF_TOKEN"
        return self._error(
            f"there is no such repo, or it is private ({error})",
            f"correct `repo` in the model file ({page} is its page); {hidden}",
        )

    def unwritable(self, error: OSError) -> WeightsError:
        """What the file system's refusal means."""
        what = f"{error.strerror or type(error).__name__}: {error.filename or 'the cache'}"
        if error.errno in _FULL:
            return self._error(
                what, f"free space, or set HF_HOME to a folder on a larger disk; then {_AGAIN}"
            )
        if error.errno == errno.ENAMETOOLONG:
            return self._error(what, "set HF_HOME to a folder with a shorter path")
        if error.errno in _NO_LINKS:
            return self._error(
                what,
                "set HF_HOME to a folder that can be written, on a file system that knows "
                "symbolic links",
            )
        return self._error(what, "set HF_HOME to a folder that can be written")

    def other_content(self, path: str, what: str) -> WeightsError:
        """A file came whole and is not what the hub lists."""
        return self._error(
            f"{path} is not the file that the hub lists: {what}",
            "run the same command again; if it stays so, a proxy or mirror changes files "
            "(HF_ENDPOINT)",
        )

    def stopped(self) -> WeightsError:
        """Nobody wants them any more."""
        return self._error("stopped, because nobody wants them any more", _AGAIN)

    def _error(self, got: str, next_step: str) -> WeightsError:
        # Servers quote what they were sent.
        token = self.hub.token
        return WeightsError(
            f"cannot fetch the weights {self}",
            got.replace(token, "[token]") if token else got,
            next_step=next_step,
        )
