"""Needs: what making an env ready would take. Nothing is built, fetched or kept."""

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import unquote, urlsplit

from packaging.utils import canonicalize_version, parse_wheel_filename

from vlmhb.domain.envspec import EnvSpec, Interpreter
from vlmhb.domain.needs import Amount, EnvNeed, Obstacle, Wheel, named
from vlmhb.env.choices import Choices
from vlmhb.env.interpreter import find_interpreter
from vlmhb.env.inventory import inventory
from vlmhb.env.lock import Lock, read_lock
from vlmhb.env.offered import offered_wheels
from vlmhb.env.pins import wheel_pins
from vlmhb.env.staging import can_hardlink
from vlmhb.env.store import EnvStore
from vlmhb.env.uv import Install
from vlmhb.env.wheel import built_packages, suits
from vlmhb.errors import EnvError, StorageError
from vlmhb.system.deadline import NEVER, Deadline
from vlmhb.system.download import Wanted
from vlmhb.system.mounts import nearest_folder
from vlmhb.system.web import Asked, WebError, told_bytes

_AT_ONCE = 8
_SILENCE_S = 5.0
"""How long a server may think about the size of a file."""

_TOO_SLOW = "the package index takes too long to answer"

_Pin = tuple[str, str]
"""(name, version), both normalised."""


@dataclass(frozen=True, slots=True)
class EnvNeeds:
    """Answers to what envs take, on this machine."""

    store: EnvStore
    brief: bool = False
    """An env counts as built when the store names it, without a look at its files; and sizes are
    asked for only of what is missing."""
    deadline: Deadline = NEVER
    """Of all questions together; what nobody has answered by then is not known."""

    def of(self, spec: EnvSpec) -> EnvNeed:
        """What `EnvStore.ensure` would have to do for `spec`.

        The network is asked for lists and sizes, unless the store is offline. What keeps it from
        building this env is an obstacle: the others are none the worse for it.
        """
        if spec.interpreter:
            return EnvNeed(spec.name, is_ready=True, size=Amount(None, "it is an env of others"))
        try:
            return self._look(spec)
        except (EnvError, OSError, StorageError) as error:
            return _unusable(spec, error)

    def _look(self, spec: EnvSpec) -> EnvNeed:
        ready = self._ready(spec)
        if ready is not None:
            return EnvNeed(spec.name, is_ready=True, size=Amount(ready))
        lock = read_lock(spec)
        plain = EnvNeed(spec.name, is_ready=False, size=self._size(lock), links=self._links())
        try:
            interpreter = self._interpreter(spec)
        except EnvError as error:
            return self._without_python(plain, spec, error)
        return self._with_wheels(plain, spec, lock, interpreter)

    def is_ready(self, spec: EnvSpec) -> bool:
        """Whether nothing has to be built for `spec`."""
        try:
            return bool(spec.interpreter) or self._ready(spec) is not None
        except (EnvError, OSError, StorageError):
            return False  # `of` says why

    def _ready(self, spec: EnvSpec) -> int | None:
        """Bytes of the env that a build would find; None when there is none."""
        if not self.brief:
            found = self.store.find(spec)
            return None if found is None else found.size_bytes
        built = self.store.built_for(spec)
        return built[0].facts.size_bytes if len(built) == 1 and built[0].facts else None

    def _interpreter(self, spec: EnvSpec) -> Interpreter:
        store = self.store
        chosen = Choices(store.root / "interpreters", store.uv.environment).get(spec.python)
        return chosen or find_interpreter(spec.python, store.uv)

    def _without_python(self, need: EnvNeed, spec: EnvSpec, error: EnvError) -> EnvNeed:
        if self.store.offline or not self.store.uv.may_download_python:
            problem = f"no Python fits {spec.python} and none may be downloaded"
            return replace(need, wheels=None, obstacle=Obstacle(problem, error.next_step or ""))
        note = f"no Python fits {spec.python}; the build downloads one, its size is not known"
        unknown = "which wheels it takes depends on the Python that is downloaded first"
        return replace(need, wheels=None, unknown=unknown, notes=(note,))

    def _with_wheels(
        self, need: EnvNeed, spec: EnvSpec, lock: Lock, interpreter: Interpreter
    ) -> EnvNeed:
        how = self.store.install(spec, link_mode="copy")
        notes = _built_notes(spec, lock)
        try:
            missing = self._missing(spec, lock, interpreter, how)
        except EnvError as error:
            what = error.got.partition("\n")[0]
            if not how.offline:
                unknown = _TOO_SLOW if self.deadline.is_over else f"uv cannot find {what} now"
                return replace(need, wheels=None, unknown=unknown, notes=notes)
            why_not = Obstacle(f"{what} is not to be had offline", error.next_step or "")
            return replace(need, wheels=None, obstacle=why_not, notes=notes)
        if missing is None:
            unknown = "uv does not name what its cache lacks"
            return replace(need, wheels=None, unknown=unknown, notes=notes)
        # A list of files costs a second, to know how large a few linked ones are.
        if not missing and (self.brief or need.links or need.size.size_bytes is not None):
            return replace(need, notes=notes)
        packages = self._packages(missing, spec, lock, interpreter, how)
        absent = set(missing)
        wheels = tuple(wheel for wheel in packages if wheel.name in absent)
        blocked = _cut_off(wheels, spec, how)
        return replace(need, wheels=wheels, packages=packages, notes=notes, obstacle=blocked)

    def _missing(
        self, spec: EnvSpec, lock: Lock, interpreter: Interpreter, how: Install
    ) -> tuple[str, ...] | None:
        uv, python = self.store.uv.asking(how, self.deadline), Path(interpreter.path)
        with wheel_pins(spec, lock) as pins:
            return uv.uncached(python, pins, how) if uv.dry_run(python, pins, how) else ()

    def _packages(
        self,
        missing: Sequence[str],
        spec: EnvSpec,
        lock: Lock,
        interpreter: Interpreter,
        how: Install,
    ) -> tuple[Wheel, ...]:
        """Every package with the size that this machine, the index or its server tells.

        Only the missing ones where no list of files is to be had.
        """
        here = _in_folders(_folders(how, self.store.uv.environment), interpreter)
        try:
            offered = offered_wheels(
                spec, lock, interpreter, self.store.uv.asking(how, self.deadline)
            )
        except EnvError:
            offered = {}
        wanted = {_pin_of(name): wheel for name, wheel in offered.items()}
        told = {pin: wheel.size_bytes for pin, wheel in wanted.items() if wheel.size_bytes}
        told |= here
        pins = {_as_pin(name): name for name in missing}
        if not how.offline:
            asked = pins if self.brief else wanted
            unsaid = {pin: wanted[pin] for pin in asked if pin in wanted.keys() - told}
            told |= _by_head(unsaid, self.deadline)
        for name, version in wanted:
            pins.setdefault((name, version), f"{name}=={version}")
        return tuple(Wheel(pins[pin], told.get(pin), pin in here) for pin in sorted(pins))

    def _size(self, lock: Lock) -> Amount:
        """Of the env, as one that was built from the same lock tells."""
        for env in inventory(self.store.root):
            if env.facts and env.facts.lock_sha256 == lock.sha256:
                python = env.facts.interpreter.version
                return Amount(env.facts.size_bytes, f"as built from this lock for Python {python}")
        return Amount(None, "no env was built from this lock yet")

    def _links(self) -> bool:
        store = self.store
        try:
            return can_hardlink(nearest_folder(store.uv.cache_folder()), nearest_folder(store.root))
        except OSError:
            return False  # the build will say what is wrong there


def _unusable(spec: EnvSpec, error: EnvError | OSError | StorageError) -> EnvNeed:
    if isinstance(error, OSError):
        why = Obstacle(f"it cannot be looked at: {error}", f"vlmhb env build {spec.name}")
    else:
        why = Obstacle(f"{error.doing}: {error.got}", error.next_step or "")
    size = Amount(None, why.problem)
    return EnvNeed(spec.name, is_ready=False, size=size, wheels=None, obstacle=why)


def _built_notes(spec: EnvSpec, lock: Lock) -> tuple[str, ...]:
    built = sorted(built_packages(spec, lock))
    what = "built from source, which takes room that is not known"
    return (f"{', '.join(built)}: {what}",) if built else ()


def _cut_off(wheels: Iterable[Wheel], spec: EnvSpec, how: Install) -> Obstacle | None:
    """What cannot come when no network is to be tried."""
    coming = [wheel.name for wheel in wheels if not wheel.is_here]
    if not how.offline or not coming:
        return None
    count = "1 package is" if len(coming) == 1 else f"{len(coming)} packages are"
    return Obstacle(
        f"{count} not in uv's cache ({named(coming)}), and no network is to be tried",
        f"once with a network: vlmhb env build {spec.name}; or bring a bundle: vlmhb env pack",
    )


def _folders(how: Install, environment: Mapping[str, str]) -> list[Path]:
    """Those of this machine that uv looks for wheels in."""
    named_ones = environment.get("UV_FIND_LINKS", "").split(",")
    local = [unquote(urlsplit(one).path) if one.startswith("file:") else one for one in named_ones]
    folders = [Path(one) for one in local if one and "://" not in one]
    return [*folders, *([how.wheels] if how.wheels else [])]


def _in_folders(folders: Iterable[Path], interpreter: Interpreter) -> dict[_Pin, int]:
    """Sizes of the wheels there that the interpreter takes."""
    found = {}
    for folder in folders:
        for wheel in sorted(folder.glob("*.whl")):
            if suits(wheel.name, interpreter):
                found[_pin_of(wheel.name)] = wheel.stat().st_size
    return found


def _pin_of(file_name: str) -> _Pin:
    name, version, _, _ = parse_wheel_filename(file_name)
    return str(name), canonicalize_version(version, strip_trailing_zero=False)


def _as_pin(written: str) -> _Pin:
    name, _, version = written.partition("==")
    return name, canonicalize_version(version, strip_trailing_zero=False)


def _by_head(wanted: Mapping[_Pin, Wanted], deadline: Deadline) -> dict[_Pin, int]:
    """What the servers of these files say, asked for nothing but that."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        asked = pool.map(lambda one: _size_of(one, deadline), wanted.values())
        sizes = dict(zip(wanted, asked, strict=True))
    return {pin: size for pin, size in sizes.items() if size}


def _size_of(wanted: Wanted, deadline: Deadline) -> int:
    left_s = deadline.left_s
    if wanted.url.startswith("file:") or not left_s:
        return 0
    try:
        return told_bytes(Asked(wanted.url, min(_SILENCE_S, left_s)))
    except WebError:
        return 0
