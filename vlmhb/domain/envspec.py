"""What a venv must hold (EnvSpec), and one that does (Env)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

Packages = tuple[tuple[str, str], ...]
"""(name, version), sorted by name; names as in a lock: lower case, words joined by `-`."""

_TORCH_BUILD = re.compile(r"torch *==[^;+]*\+([a-z0-9]+)")


@dataclass(frozen=True, slots=True)
class EnvSpec:
    """The contents of `envspecs/<name>/envspec.yaml` for one variant, checked."""

    name: str
    """`<folder>`, or `<folder>@<variant>` where the spec has variants: what commands call it."""
    folder: str
    """Absolute path of the folder that holds the spec, its locks and its overlay."""
    imports: tuple[str, ...]
    """Modules a fresh env must import: the smoke test."""
    python: str = ""
    """A version specifier such as `>=3.10,<3.13`; empty when `interpreter` is given."""
    interpreter: str = ""
    """Absolute path of the Python of an existing env that is used as it is; else empty."""
    requirements: tuple[str, ...] = ()
    constraints: tuple[str, ...] = ()
    """Bounds on packages that others bring along."""
    overrides: tuple[str, ...] = ()
    """uv overrides, e.g. a headless build in place of one that needs a display library."""
    no_deps: tuple[str, ...] = ()
    """Packages whose own dependency lists are not followed: `name==version`, or
    `name @ git+<url>@<40 hex>`."""
    build: Mapping[str, str] = field(default_factory=dict)
    """Package of `no_deps` that is built from source -> why."""
    variant: str = ""
    """Torch variant, e.g. `cpu` or `cu124`; empty when the spec has none."""
    min_driver: str = ""
    """Lowest NVIDIA driver that can run it, e.g. `525.60.13`; empty for any, or for none."""
    overlay: str = ""
    """Folder below `folder` whose files are placed into site-packages; empty for none."""
    variables: Mapping[str, str] = field(default_factory=dict)
    """For the worker's environment."""
    network: bool = False
    """The worker needs a network, e.g. because the model runs behind an endpoint."""
    loopback: bool = False
    """Its own processes talk to each other over TCP, and to nobody else."""
    system_site_packages: bool = False
    """The base interpreter's packages are used where the venv brings none of its own."""
    notes: str = ""

    @property
    def torch_build(self) -> str:
        """The local version torch is pinned to, e.g. `cpu`; empty for the index's own build."""
        builds = (_TORCH_BUILD.match(requirement) for requirement in self.requirements)
        return next((build.group(1) for build in builds if build), "")

    @property
    def needs_gpu(self) -> bool:
        """Whether its build of torch is one for NVIDIA GPUs."""
        return self.variant.startswith("cu")

    def suits_driver(self, driver: str) -> bool:
        """Whether an NVIDIA driver of this version is as new as the spec asks."""
        return _numbers(driver) >= _numbers(self.min_driver)

    @property
    def locked(self) -> bool:
        """Whether a lock names every file that a worker can import."""
        return not self.interpreter and not self.system_site_packages


@dataclass(frozen=True, slots=True)
class Interpreter:
    """A Python an env can be made from."""

    path: str
    """Absolute, without links."""
    version: str
    build: str
    """The whole of `sys.version`: compiler and date tell two builds of one version apart."""
    implementation: str
    """Its cache tag, e.g. `cpython-311`."""
    libc: str
    """e.g. `glibc 2.36`."""


@dataclass(frozen=True, slots=True)
class Env:
    """A Python with everything a model needs: a built, verified venv, or one that was lent."""

    name: str
    """Of its envspec."""
    fingerprint: str
    """64 hex digits over everything that decides its contents."""
    python: str
    """Absolute path of the Python its workers run."""
    interpreter: Interpreter
    """What that is, or is a venv of."""
    lock_sha256: str
    """Empty without a lock."""
    packages: Packages
    build_s: float
    """What building it took, once."""
    size_bytes: int
    """Apparent size; hardlinked files count in full."""
    variables: Mapping[str, str]
    """For the worker's environment."""
    network: bool = False
    """As its envspec says."""
    locked: bool = True
    """False when packages come from outside its lock: results cannot be reproduced from it."""
    inherited: Packages = ()
    """What it uses of the base interpreter's packages."""
    lent: str = ""
    """Folder with what the worker needs and the env lacks, for the end of its `sys.path`."""
    platform: str = ""
    """As in the name of its lock, e.g. `linux-x86_64`."""
    variant: str = ""
    overlay: tuple[tuple[str, str], ...] = ()
    """(path in site-packages, sha256) of the files its envspec brings, sorted."""
    released: Mapping[str, str] = field(default_factory=dict)
    """`name==version` -> the day it was released, as far as the lock tells."""
    commits: Mapping[str, str] = field(default_factory=dict)
    """Package -> commit, of those that came from git."""
    built_elsewhere: tuple[tuple[str, str], ...] = ()
    """(package, sha256 of its wheel) of what was built from source on another machine, which a
    bundle brought: no lock can name these files."""

    @property
    def python_version(self) -> str:
        """e.g. `3.11.7`."""
        return self.interpreter.version


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version))
