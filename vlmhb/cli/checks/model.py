"""One model: everything a run of it needs from this machine."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from vlmhb.cli.checks.check import Check, Status, isolated
from vlmhb.cli.checks.gpu import judge_driver
from vlmhb.cli.checks.interpreters import Interpreters
from vlmhb.cli.checks.room import room_for
from vlmhb.cli.checks.wheels import count_missing, is_offline, judge_wheels
from vlmhb.config import read_secrets
from vlmhb.domain.envspec import Env, EnvSpec
from vlmhb.domain.model import ModelSpec
from vlmhb.domain.sizes import megabytes
from vlmhb.env import EnvStore
from vlmhb.env.lock import Lock, read_lock
from vlmhb.env.need import EnvNeeds
from vlmhb.errors import EnvError
from vlmhb.schedule.gpus.placement import large_enough
from vlmhb.schedule.supply.availability import missing_files, without_room, without_secret
from vlmhb.system.gpus import Driver, Gpu

_MEND_FIRST = "mend the lock and the Python first"


@dataclass(frozen=True, slots=True)
class Here:
    """What this machine has, as found by the other checks."""

    store: EnvStore
    cache: Path
    interpreters: Interpreters
    driver: Driver
    gpus: tuple[Gpu, ...]
    """Those that models may use."""


@dataclass(slots=True)
class ModelChecks:
    """The checks of one model, in the order in which a run meets what they are about."""

    model: ModelSpec
    spec: EnvSpec
    here: Here
    lock: Lock | None = None
    env: Env | None = None
    python: Path | None = None

    def all(self) -> Iterator[Check]:
        """Each of them once."""
        if self.spec.interpreter:
            yield from self._isolated("env", self._lent, "correct `interpreter` in envspec.yaml")
        else:
            again = f"vlmhb env lock {self.spec.name}"
            yield from self._isolated("lock", self._lock, again)
            yield from self._isolated("env", self._built, "set VLMHB_ENVS")
            yield from self._isolated("python", self._python, "install a Python that fits")
            yield from self._isolated("wheels", self._wheels, again)
            yield from self._isolated("disk", self._disk, "set VLMHB_ENVS to another folder")
        yield self._driver()
        yield self._gpu()
        yield self._files()
        yield self._secrets()

    def _isolated(
        self, subject: str, look: Callable[[], Iterator[Check]], fix: str
    ) -> Iterator[Check]:
        return isolated(self._name(subject), look, fix=fix)

    def _name(self, subject: str) -> str:
        return f"model {self.model.name}: {subject}"

    def _lent(self) -> Iterator[Check]:
        self.env = self.here.store.find(self.spec)
        if self.env is not None:
            found = (
                f"{self.env.python} as it is: python {self.env.python_version}, "
                f"{len(self.env.packages)} packages; not locked"
            )
            yield Check(self._name("env"), Status.OK, found)

    def _lock(self) -> Iterator[Check]:
        self.lock = read_lock(self.spec)
        found = f"{self.lock.path.name} of {self.spec.name}, sha256 {self.lock.sha256[:12]}"
        yield Check(self._name("lock"), Status.OK, found)

    def _built(self) -> Iterator[Check]:
        if self.lock is None:
            return
        self.env = self.here.store.find(self.spec)
        found = "not built yet; the first run builds it"
        if self.env is not None:
            found = f"{self.spec.name} is built, {megabytes(self.env.size_bytes)}"
        yield Check(self._name("env"), Status.OK, found)

    def _python(self) -> Iterator[Check]:
        name = self._name("python")
        if self.env is not None:
            yield Check(name, Status.OK, f"{self.env.python_version}, in the env")
            return
        try:
            found = self.here.interpreters.find(self.spec.python)
        except EnvError as error:
            uv = self.here.store.uv
            if self.here.store.offline or not uv.may_download_python:
                raise
            tried = f"none installed fits {self.spec.python}; the build downloads one"
            yield Check(name, Status.WARN, tried, error.next_step or "")
            return
        self.python = Path(found.path)
        yield Check(name, Status.OK, f"{found.version} ({found.path}) fits {self.spec.python}")

    def _wheels(self) -> Iterator[Check]:
        name = self._name("wheels")
        if self.env is not None:
            yield Check(name, Status.OK, "not needed: the env is built")
        elif self.lock is None or self.python is None:
            yield Check(name, Status.WARN, "not looked for", _MEND_FIRST)
        else:
            yield self._look_for_wheels(name, self.lock, self.python)

    def _look_for_wheels(self, name: str, lock: Lock, python: Path) -> Check:
        store = self.here.store
        try:
            missing = count_missing(self.spec, lock, python, store)
        except EnvError as error:
            if not is_offline(store):
                raise
            fix = f"once with a network: vlmhb env build {self.spec.name}"
            return Check(name, Status.FAIL, error.got, fix)
        return judge_wheels(name, self.spec, lock, missing, store)

    def _disk(self) -> Iterator[Check]:
        name = self._name("disk")
        if self.env is not None:
            yield Check(name, Status.OK, "the env is built")
            return
        if self.lock is None or self.python is None:
            yield Check(name, Status.WARN, "not looked for", _MEND_FIRST)
            return
        need = EnvNeeds(self.here.store).of(self.spec)
        if need.obstacle is not None:
            yield Check(name, Status.OK, "nothing comes to it: it cannot be built as it is")
            return
        yield from room_for(name, need, self.here.store)

    def _driver(self) -> Check:
        return judge_driver(self._name("driver"), self.spec, self.here.driver, len(self.here.gpus))

    def _gpu(self) -> Check:
        name, needed_gib = self._name("gpu"), self.model.min_gpu_memory_gib
        specs = {self.model.env: self.spec}
        if missing := without_room([self.model], specs, self.here.gpus).get(self.model.name):
            return Check(name, Status.FAIL, missing.problem, missing.install)
        count = self.model.gpus
        on = "one" if count == 1 else f"{count}"
        large = ", ".join(gpu.name for gpu in large_enough(self.here.gpus, needed_gib, count))
        if not self.here.gpus or not (needed_gib or count > 1):
            return Check(name, Status.OK, "no size is asked for")
        if not needed_gib:
            return Check(name, Status.OK, f"it takes {count} of: {large}")
        return Check(name, Status.OK, f"{needed_gib:g} GiB must be free on {on} of: {large}")

    def _secrets(self) -> Check:
        name, named = self._name("secrets"), self.model.secrets
        if missing := without_secret([self.model], read_secrets(named)).get(self.model.name):
            return Check(name, Status.FAIL, missing.problem, missing.install)
        return Check(name, Status.OK, f"set: {', '.join(named)}" if named else "none needed")

    def _files(self) -> Check:
        name = self._name("files")
        if missing := missing_files([self.model]).get(self.model.name):
            return Check(name, Status.FAIL, missing.problem, missing.install)
        count = len(self.model.files)
        return Check(name, Status.OK, f"all {count} are there" if count else "none needed")
