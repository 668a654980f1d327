"""uv, and the Pythons it can make envs from."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from vlmhb.cli.checks.check import Check, Status, why
from vlmhb.env import Interpreter, Uv, find_interpreter
from vlmhb.errors import EnvError
from vlmhb.system.mounts import nearest_folder
from vlmhb.system.volume import check_writable

_REINSTALL = "reinstall it: python -m pip install --force-reinstall uv"


@dataclass(frozen=True, slots=True)
class Tool:
    """uv, ready to be asked."""

    uv: Uv
    cache: Path
    """Where it keeps what it downloads."""

    @classmethod
    def find(cls) -> "Tool | Check":
        """uv, or the check that says why it cannot be used."""
        try:
            uv = Uv.installed()
            cache = uv.cache_folder()
        except EnvError as error:
            found = f"{error.doing}: {error.got}"
            return Check("uv", Status.FAIL, found, error.next_step or _REINSTALL)
        try:
            check_writable(nearest_folder(cache))
        except OSError as error:
            # Without it uv does nothing at all, not even look for Pythons.
            found = f"{uv.version}, but its cache {cache} cannot be written: {why(error)}"
            fix = "set UV_CACHE_DIR to a folder that can be written"
            return Check("uv", Status.FAIL, found, fix)
        return cls(uv, cache)

    def check(self) -> Check:
        """What was found."""
        return Check("uv", Status.OK, f"{self.uv.version}, cache {self.cache}")


@dataclass(frozen=True, slots=True)
class Interpreters:
    """Answers to which Python fits a specifier; uv is asked once for each."""

    uv: Uv
    _known: dict[str, Interpreter | EnvError] = field(default_factory=dict)

    def find(self, specifier: str) -> Interpreter:
        """The installed Python an env would be made from.

        Raises:
            EnvError: none fits.
        """
        if specifier not in self._known:
            try:
                self._known[specifier] = find_interpreter(specifier, self.uv)
            except EnvError as error:
                self._known[specifier] = error
        found = self._known[specifier]
        if isinstance(found, EnvError):
            raise found
        return found


def pythons(uv: Uv) -> Iterator[Check]:
    """Every version uv can see, with the first place of each."""
    places: dict[str, str] = {}
    for version, path in uv.installed_pythons():
        places.setdefault(version, path)
    if not places:
        fix = "install Python from the system's packages, or allow uv to download one"
        yield Check("pythons", Status.WARN, "uv finds none", fix)
        return
    found = ", ".join(f"{version} ({path})" for version, path in places.items())
    yield Check("pythons", Status.OK, found)
