"""Every uv command there is, spelled once."""

import functools
import importlib.metadata
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import uv

from vlmhb.env.caller import Caller, build_stopped
from vlmhb.env.refusal import explain
from vlmhb.env.uv_environment import uv_environment
from vlmhb.errors import EnvError
from vlmhb.system.deadline import NEVER, Deadline
from vlmhb.system.process import CommandCancelledError, Completed, run
from vlmhb.system.scratch import scratch_folder

_NEUTRAL_FOLDER = Path("/")
"""uv reads the pyproject.toml and the .venv around its working folder; here are none."""

_BUILD_TIMEOUT_S = 4 * 3600.0
"""A CUDA build of torch over a slow line takes an hour; a line that says nothing for long is cut
by uv's own timeout."""

_UNCACHED = re.compile(r"Identified uncached distribution: (\S+==\S+)")

_QUERY_TIMEOUT_S = 120.0

_LOOK_UP_TIMEOUT_S = 900.0
"""Indexes without metadata files send the ends of every wheel instead."""


@dataclass(frozen=True, slots=True)
class Install:
    """How packages get into a venv."""

    link_mode: str
    """`hardlink` or `copy`."""
    offline: bool
    """No network is tried, ever; otherwise only when the cache does not suffice."""
    torch: str = ""
    """Build of torch that no ordinary index has, e.g. `cpu`; else empty."""
    wheels: Path | None = None
    """Folder with wheels to take beside what uv's cache and the indexes have."""


@dataclass(frozen=True, slots=True)
class Uv:
    """The uv binary and the environment its commands run in."""

    binary: Path
    version: str
    environment: Mapping[str, str]
    deadline: Deadline = NEVER
    """When each of its commands is ended, besides the time that command may take."""

    @classmethod
    def installed(cls) -> "Uv":
        """The uv of the wheel that vlmhb depends on, with the user's settings that count.

        Raises:
            EnvError: the wheel is there and its binary is not.
        """
        try:
            binary = Path(uv.find_uv_bin()).absolute()
        except FileNotFoundError as error:
            raise EnvError(
                "cannot find uv",
                str(error),
                expected="the binary that comes with the uv package",
                next_step="reinstall it: python -m pip install --force-reinstall uv",
            ) from error
        return cls(binary, importlib.metadata.version("uv"), uv_environment())

    def cache_folder(self) -> Path:
        """Where uv keeps what it downloaded."""
        if chosen := self.environment.get("UV_CACHE_DIR"):
            return Path(chosen)
        return _cache_folder(self.binary, tuple(self.environment.items()))

    def ask_cache_folder(self) -> Path:
        """The same, as uv says; `cache_folder` asks only once."""
        completed = self._run(["cache", "dir"], timeout_s=_QUERY_TIMEOUT_S)
        return Path(self._checked(completed, "cannot ask uv for its cache folder").strip())

    def find_python(self, specifier: str) -> Path | None:
        """An installed interpreter that fits, not one of a venv; None when there is none."""
        completed = self._run(
            ["python", "find", "--system", "--no-project", "--no-python-downloads", specifier],
            timeout_s=_QUERY_TIMEOUT_S,
        )
        return Path(completed.stdout.strip()) if completed.returncode == 0 else None

    def installed_pythons(self) -> tuple[tuple[str, str], ...]:
        """(version, path) of every interpreter uv can see."""
        completed = self._run(
            ["python", "list", "--only-installed", "--output-format", "json"],
            timeout_s=_QUERY_TIMEOUT_S,
        )
        found = json.loads(self._checked(completed, "cannot list the interpreters"))
        return tuple((entry["version"], entry["path"]) for entry in found)

    @property
    def may_download_python(self) -> bool:
        """Whether the user left interpreter downloads and the network allowed."""
        forbidden = self.environment.get("UV_PYTHON_DOWNLOADS", "") in {"never", "manual"}
        return not forbidden and not self.is_offline

    @property
    def is_offline(self) -> bool:
        """Whether the user forbids every use of a network."""
        return "UV_OFFLINE" in self.environment

    def install_python(self, specifier: str, caller: Caller) -> None:
        """Download an interpreter that fits, for the use of uv alone.

        Raises:
            EnvError: there is none, or it cannot be fetched.
        """
        completed = self._run(
            ["python", "install", "--no-bin", specifier],
            timeout_s=_BUILD_TIMEOUT_S,
            caller=caller,
        )
        self._checked(completed, f'cannot download a Python for "{specifier}"')

    def create_venv(self, folder: Path, python: Path, *, system_site_packages: bool) -> None:
        """Make an empty venv that can be moved.

        Raises:
            EnvError: uv refused.
        """
        completed = self._run(
            [
                *("venv", "--quiet", "--relocatable", "--no-project", "--no-python-downloads"),
                *(["--system-site-packages"] if system_site_packages else []),
                *("--python", str(python), str(folder)),
            ],
            timeout_s=_QUERY_TIMEOUT_S,
        )
        self._checked(completed, f"cannot create a venv with {python}")

    def sync(self, venv: Path, lock: Path, how: Install, caller: Caller) -> None:
        """Install what the lock says into an empty venv, from the cache alone where it suffices.

        Raises:
            EnvError: a package is not to be had, or is not the one that was locked.
        """
        words = ("pip", "sync", "--no-build", "--require-hashes", *self._flags(venv, how))
        self._install([*words, str(lock)], how, caller)

    def build_and_install(
        self, venv: Path, packages: Sequence[str], how: Install, caller: Caller
    ) -> None:
        """Add packages that are built from source, with what the venv holds and nothing else.

        Each of `packages` is a requirement with its hashes, or one that names a git commit.

        Raises:
            EnvError: a package is not to be had, cannot be built, or is not what was locked.
        """
        hashed = [package for package in packages if "--hash" in package]
        from_git = [package for package in packages if "--hash" not in package]
        words = ("pip", "install", "--no-deps", "--no-build-isolation", *self._flags(venv, how))
        if hashed:
            with scratch_folder("pins") as name:
                pins = Path(name) / "pins.txt"
                pins.write_text("\n".join((*hashed, "")), encoding="utf-8")
                self._install([*words, "--require-hashes", "-r", str(pins)], how, caller)
        if from_git:
            self._install([*words, *from_git], how, caller)

    def _install(self, words: list[str], how: Install, caller: Caller) -> None:
        quiet = Caller(cancelled=caller.cancelled)
        wheels = how.wheels
        completed = self._run(
            [*words, "--offline"], timeout_s=_BUILD_TIMEOUT_S, caller=quiet, wheels=wheels
        )
        if completed.returncode != 0 and not how.offline:
            telling = Caller(lambda line: _tell_news(line, caller), caller.cancelled)
            completed = self._run(words, timeout_s=_BUILD_TIMEOUT_S, caller=telling, wheels=wheels)
        offline = how.offline or self.is_offline
        self._checked(completed, "cannot install the packages", offline=offline)

    def _flags(self, venv: Path, how: Install) -> list[str]:
        return [
            *("--link-mode", how.link_mode, "--python", str(venv / "bin" / "python")),
            *self._torch_flags(how.torch, how.wheels),
        ]

    def _with(self, wheels: Path | None) -> dict[str, str]:
        """The environment with one more folder of wheels; not an option, which `ps` would show."""
        if wheels is None:
            return dict(self.environment)
        named = self.environment.get("UV_FIND_LINKS", "")
        places = [str(wheels), *([named] if named else [])]
        return {**self.environment, "UV_FIND_LINKS": ",".join(places)}

    def dry_run(self, python: Path, lock: Path, how: Install) -> int:
        """How many packages of the lock an install for this Python would have to fetch.

        Nothing is installed. The cache and folders of wheels are asked first, then the indexes.
        What would be fetched is not held against its hash: only an install does that.

        Raises:
            EnvError: a package is not to be had.
        """
        with scratch_folder("dryrun") as target:
            words = self._dry_words(python, lock, how, target)
            wheels = how.wheels
            completed = self._run([*words, "--offline"], timeout_s=_QUERY_TIMEOUT_S, wheels=wheels)
            cached = completed.returncode == 0 and not _to_fetch(completed.stderr)
            if not cached and not how.offline:
                completed = self._run(words, timeout_s=_LOOK_UP_TIMEOUT_S, wheels=wheels)
        offline = how.offline or self.is_offline
        self._checked(completed, "cannot find all packages of the lock", offline=offline)
        return _to_fetch(completed.stderr)

    def uncached(self, python: Path, lock: Path, how: Install) -> tuple[str, ...] | None:
        """`name==version` of the packages that `dry_run` counts; None when uv does not name them.

        They stand in what uv logs, which may read otherwise in another version: they are believed
        when there are as many as uv counts.
        """
        with scratch_folder("dryrun") as target:
            words = ["--verbose", *self._dry_words(python, lock, how, target)]
            words += ["--offline"] if how.offline else []
            completed = self._run(words, timeout_s=_LOOK_UP_TIMEOUT_S, wheels=how.wheels)
        found = tuple(sorted(set(_UNCACHED.findall(completed.stderr))))
        return found if len(found) == _to_fetch(completed.stderr) else None

    def asking(self, how: Install, deadline: Deadline) -> "Uv":
        """The same uv for questions: it looks where an install would, and asks nobody twice."""
        offline = {"UV_OFFLINE": "1"} if how.offline else {}
        hurried = {"UV_HTTP_RETRIES": "0", "UV_HTTP_TIMEOUT": "10"}
        environment = {**self._with(how.wheels), **hurried, **offline}
        return replace(self, environment=environment, deadline=deadline)

    def _dry_words(self, python: Path, lock: Path, how: Install, target: str) -> list[str]:
        return [
            *("pip", "sync", "--dry-run", "--no-build", "--require-hashes"),
            *("--no-python-downloads", "--python", str(python), "--target", target),
            *(*self._torch_flags(how.torch, how.wheels), str(lock)),
        ]

    def forget(self, packages: Sequence[str]) -> None:
        """Remove packages from uv's cache, so that the next install fetches and checks them anew.

        Raises:
            EnvError: uv refused.
        """
        completed = self._run(["cache", "clean", *packages], timeout_s=_QUERY_TIMEOUT_S)
        self._checked(completed, "cannot remove packages from uv's cache")

    def compile(
        self, project: Path, lock: Path, *, python: str, torch: str, with_dependencies: bool
    ) -> None:
        """Resolve the project in the folder `project` into `lock`, keeping versions it has already.

        Raises:
            EnvError: the requirements contradict each other, or an index cannot be reached.
        """
        words = [
            *("pip", "compile", "--quiet", "--universal", "--generate-hashes"),
            *("--no-python-downloads", "--no-header", "--no-annotate", "--python-version", python),
            *self._torch_flags(torch),
            *([] if with_dependencies else ["--no-deps"]),
            *("--output-file", str(lock), "pyproject.toml"),
        ]
        completed = self._run(words, timeout_s=_BUILD_TIMEOUT_S, cwd=project)
        self._checked(completed, "cannot lock the packages")

    def describe(self, pins: Path, details: Path, *, python: str, torch: str) -> None:
        """Write what the index says of each pinned file (address, hash, day) to `details`, as TOML.

        Raises:
            EnvError: an index cannot be reached.
        """
        words = [
            *("pip", "compile", "--quiet", "--universal", "--generate-hashes", "--no-deps"),
            *("--no-python-downloads", "--format", "pylock.toml"),
            *("--python-version", python, *self._torch_flags(torch)),
            *("--output-file", str(details), str(pins)),
        ]
        completed = self._run(words, timeout_s=_BUILD_TIMEOUT_S)
        self._checked(completed, "cannot look up the locked packages")

    def _torch_flags(self, torch: str, wheels: Path | None = None) -> list[str]:
        # A folder of wheels is how an offline machine gets its build; uv's own index for that
        # build would be asked instead of the folder, not besides it.
        brought = wheels is not None and any(wheels.glob(f"torch-*+{torch}-*.whl"))
        if not torch or brought or (torch == "cpu" and "UV_FIND_LINKS" in self.environment):
            return []
        return ["--torch-backend", torch]

    def _run(
        self,
        words: Sequence[str],
        *,
        timeout_s: float,
        cwd: Path = _NEUTRAL_FOLDER,
        caller: Caller | None = None,
        wheels: Path | None = None,
    ) -> Completed:
        argv = (str(self.binary), *words)
        try:
            return run(
                argv,
                environment=self._with(wheels),
                cwd=cwd,
                timeout_s=min(timeout_s, self.deadline.left_s),
                on_line=caller.tell if caller else None,
                cancelled=caller.cancelled if caller else None,
            )
        except CommandCancelledError as error:
            raise build_stopped() from error
        except (OSError, TimeoutError) as error:
            raise EnvError(
                f"cannot run uv {' '.join(words[:2])}",
                str(error),
                next_step="check that the uv package is installed for this machine: uv --version",
            ) from error

    def _checked(self, completed: Completed, doing: str, *, offline: bool = False) -> str:
        if completed.returncode == 0:
            return completed.stdout
        raise explain(completed.stderr, doing, offline=offline)


@functools.cache
def _cache_folder(binary: Path, environment: tuple[tuple[str, str], ...]) -> Path:
    return Uv(binary, "", dict(environment)).ask_cache_folder()


def _to_fetch(stderr: str) -> int:
    """The packages that a dry run says it would download."""
    match = re.search(r"^Would download (\d+) package", stderr, re.MULTILINE)
    return int(match.group(1)) if match else 0


def _tell_news(line: str, caller: Caller) -> None:
    """Pass on what takes time, and not the list of everything that was installed."""
    if not line.startswith((" +", "Using Python")):
        caller.tell(line.strip())
