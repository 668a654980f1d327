"""Building: from a lock and an interpreter to a venv that was tried, in a folder nobody sees."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from vlmhb.domain.envspec import EnvSpec, Interpreter
from vlmhb.env.caller import Caller
from vlmhb.env.check import Checked, check, read_ahead
from vlmhb.env.fingerprint import overlay_files, overlay_folder
from vlmhb.env.lock import Lock
from vlmhb.env.pins import wheel_pins
from vlmhb.env.probe import probe
from vlmhb.env.receipts import Receipts
from vlmhb.env.records import Problem, site_packages
from vlmhb.env.resolution import no_deps
from vlmhb.env.uv import Install, Uv
from vlmhb.env.wheel import BuiltWheel, built_packages
from vlmhb.errors import EnvError, Interrupted


@dataclass(frozen=True, slots=True)
class _Attempt:
    """What one installation came to."""

    checked: Checked
    problems: tuple[Problem, ...]
    failure: EnvError | None
    """Why its imports failed."""


@dataclass(frozen=True, slots=True)
class Builder:
    """Everything a build needs to know."""

    uv: Uv
    spec: EnvSpec
    lock: Lock
    interpreter: Interpreter
    install: Install
    built_elsewhere: tuple[BuiltWheel, ...]
    """In place of all that the spec has built from source; empty when it is built here."""
    caller: Caller

    def build(self, venv: Path, receipts: Receipts) -> Checked:
        """Make the venv, hold it against its packages' own lists and try its imports.

        Raises:
            EnvError: it cannot be made, or does not work, or is not what was locked.
        """
        attempt = self._attempt(venv, receipts)
        problems_left = attempt.problems
        if problems_left and not self.install.offline:
            self._forget(attempt.problems)
            shutil.rmtree(venv)
            first, attempt = attempt, self._attempt(venv, receipts)
            # Fetched anew with the very same bytes: the package's list is wrong, the file is not.
            problems_left = tuple(
                problem
                for problem in attempt.problems
                if not problem.found or problem not in first.problems
            )
        if problems_left:
            raise EnvError(
                f'cannot build env "{self.spec.name}"',
                "\n".join(str(problem) for problem in problems_left[:10]),
                expected="every file that the installed packages list, unchanged",
                next_step="run once without --offline, so that uv can fetch these packages again",
            )
        if attempt.failure is not None:
            raise attempt.failure
        return attempt.checked

    def _attempt(self, venv: Path, receipts: Receipts) -> _Attempt:
        self._install(venv)
        overlaid = self._overlay(venv)
        failure = None
        with ThreadPoolExecutor(1) as pool:
            reading = pool.submit(read_ahead, venv, receipts, self.caller.cancelled)
            try:
                probe(self.spec, venv / "bin" / "python", self.caller)
            except EnvError as error:
                failure = error
            except Interrupted:
                self.caller.cancelled.set()  # the files need not be read to their end
                raise
            ahead = reading.result()
        self.caller.check()
        checked = check(venv, ahead, receipts, self.caller)
        found = tuple(problem for problem in checked.problems if problem.path not in overlaid)
        return _Attempt(checked, found, failure)

    def _install(self, venv: Path) -> None:
        if self.install.link_mode == "copy":
            self.caller.tell(
                "uv's cache and the env store share no hardlinks: every file is copied, and the "
                "env takes its full size on disk"
            )
        python = Path(self.interpreter.path)
        inherits = self.spec.system_site_packages
        self.uv.create_venv(venv, python, system_site_packages=inherits)
        built = [wheel.requirement for wheel in self.built_elsewhere]
        sources = [] if built else self._sources()
        with wheel_pins(self.spec, self.lock) as pins:
            self.uv.sync(venv, pins, self.install, self.caller)
        if built:
            self.uv.build_and_install(venv, built, self.install, self.caller)
        if sources:
            names = sorted(built_packages(self.spec, self.lock))
            self.caller.tell(f"building from source: {', '.join(names)}")
            self.uv.build_and_install(venv, sources, self.install, self.caller)

    def _sources(self) -> list[str]:
        """What the spec allows to be built: releases as locked, git as the commit says."""
        released = self.lock.pins(self.spec.build).splitlines()
        return [*released, *(entry.requirement for entry in no_deps(self.spec) if entry.url)]

    def _overlay(self, venv: Path) -> set[str]:
        """Place the spec's own files; return where, relative to the venv."""
        target = site_packages(venv)
        placed = set()
        for path in overlay_files(self.spec):
            place = target / path.relative_to(overlay_folder(self.spec))
            place.parent.mkdir(parents=True, exist_ok=True)
            # Written into, a hardlinked file would change in uv's cache too.
            place.unlink(missing_ok=True)
            shutil.copyfile(path, place)
            placed.add(place.relative_to(venv).as_posix())
        return placed

    def _forget(self, damaged: tuple[Problem, ...]) -> None:
        """Hardlinks let a careless process change uv's cache through an env."""
        names = sorted({problem.package for problem in damaged})
        self.caller.tell(
            f"uv's cache holds changed copies of {', '.join(names)}: fetching them again"
        )
        self.uv.forget(names)
