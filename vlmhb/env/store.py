"""The env store: whole envs, found without a process and built at most once.

ROOT/<24 hex of the fingerprint>/   venv/  manifest.json  env.json  lock.txt  in-use
ROOT/index/                         recipe -> fingerprint
ROOT/locks/                         one builder at a time
ROOT/wheels/                        what a bundle brought for machines without a network
ROOT/lent/                          what envs of others lack and a worker needs
ROOT/.staging-*                     what is being built; deleted when its builder is dead
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from vlmhb_worker import PROTOCOL_VERSION

from vlmhb.domain.envspec import Env, EnvSpec, Packages
from vlmhb.env.build import Builder
from vlmhb.env.caller import Caller
from vlmhb.env.disk import unique_bytes
from vlmhb.env.fingerprint import Recipe, recipe_of
from vlmhb.env.holds import GoneError, Holds, unused
from vlmhb.env.index import Index
from vlmhb.env.inspection import inspect
from vlmhb.env.interpreter import Interpreter, find_interpreter, find_or_download_interpreter
from vlmhb.env.lent import lend
from vlmhb.env.lock import Lock, read_lock
from vlmhb.env.published import Facts, PublishedEnv, as_env
from vlmhb.env.records import installed_packages
from vlmhb.env.staging import can_hardlink, discard, only_builder, staging_folder, sweep
from vlmhb.env.uv import Install, Uv
from vlmhb.errors import EnvError, StorageError
from vlmhb.system.clock import utc_now
from vlmhb.system.files import sync_folder

_FINGERPRINT_DIGITS = 24


@dataclass(frozen=True, slots=True)
class EnvStore:
    """The envs below `root`, shared by every process that names the same folder."""

    root: Path
    offline: bool = False
    """Build from uv's cache alone; no network is tried."""
    uv: Uv = field(default_factory=Uv.installed)
    worker_protocol: int = PROTOCOL_VERSION
    """Part of every fingerprint: an env holds what its worker needs."""
    holds: Holds = field(default_factory=Holds)

    def find(self, spec: EnvSpec) -> Env | None:
        """The env of `spec` when it is built and as it was built; it is in use from now on.

        Starts no process for an env that a lock describes in full.

        Raises:
            EnvError: the spec has no usable lock.
        """
        if spec.interpreter:
            return lend(spec, self.root)
        recipe = self._recipe(spec, read_lock(spec))
        fingerprint = Index(self.root / "index").fingerprint(recipe.digest)
        if fingerprint is None:
            return None
        published = self._published(fingerprint)
        try:
            self.holds.take(published.folder)
        except GoneError:
            return None
        facts = published.facts()
        if facts is None or _damage(published):
            self.holds.drop(published.folder)
            return None
        return as_env(published, facts, spec)

    def ensure(
        self,
        spec: EnvSpec,
        *,
        cancelled: threading.Event | None = None,
        on_progress: Callable[[str], None] | None = None,
    ) -> Env:
        """The env of `spec`, built if need be; one that changed since it was built is replaced.

        It is not removed as long as this process lives. `on_progress` gets a line for every step
        worth knowing about.

        Raises:
            EnvError: it cannot be built, changes as soon as it is, or `cancelled` was set.
        """
        try:
            if found := self.find(spec):
                return found
            return self._build_or_wait(spec, Caller.of(on_progress, cancelled))
        except (OSError, StorageError) as error:
            raise EnvError(
                f'cannot build env "{spec.name}" below {self.root}',
                str(error).partition("\n")[0],
                next_step="free space or set VLMHB_ENVS to another folder, then run the same "
                "command again",
            ) from error

    def hold(self, env: Env) -> int | None:
        """The open file that keeps `env` in use, for its workers to inherit.

        None for an env of others, and where the file system has no locks.
        """
        return self.holds.descriptor(self._published(env.fingerprint).folder)

    def list(self) -> tuple[Env, ...]:
        """Every published env, by name; not verified."""
        folders = [PublishedEnv(path.parent) for path in self.root.glob("*/env.json")]
        known = [(folder, folder.facts()) for folder in folders]
        envs = [as_env(folder, facts, None) for folder, facts in known if facts is not None]
        return tuple(sorted(envs, key=lambda env: (env.name, env.fingerprint)))

    def verify(self, env: Env) -> tuple[str, ...]:
        """What is no longer as it was built, every file read; empty when nothing is."""
        return self._published(env.fingerprint).differences(in_full=True)

    def _build_or_wait(self, spec: EnvSpec, caller: Caller) -> Env:
        lock = read_lock(spec)
        recipe = self._recipe(spec, lock)
        name = f"{recipe.digest[:_FINGERPRINT_DIGITS]}.lock"
        with only_builder(self.root / "locks" / name, spec.name, caller):
            if found := self.find(spec):
                return found
            sweep(self.root)
            interpreter = (
                find_interpreter(spec.python, self.uv)
                if self.offline
                else find_or_download_interpreter(spec.python, self.uv, caller)
            )
            fingerprint = recipe.fingerprint(interpreter)
            published = self._published(fingerprint)
            if _damage(published):
                builder = Builder(self.uv, spec, lock, interpreter, self._install(spec), caller)
                self._build(builder, published, fingerprint)
            Index(self.root / "index").put(recipe.digest, fingerprint, interpreter)
            if found := self.find(spec):
                return found
        raise EnvError(
            f'env "{spec.name}" was built and changed at once',
            "\n".join(_damage(published)[:10]) or f"{published.folder} is gone",
            expected=f"no other program to write into {self.root}",
            next_step="find that program, then run the same command again",
        )

    def _build(self, builder: Builder, published: PublishedEnv, fingerprint: str) -> None:
        """Build in a staging folder, then let the whole appear under its name."""
        spec = builder.spec
        if published.folder.exists():
            changes = ", ".join(_damage(published)[:3])
            builder.caller.tell(f'env "{spec.name}" is not as it was built ({changes})')
        builder.caller.tell(f'building env "{spec.name}"')
        started = time.monotonic()
        with staging_folder(self.root) as staging:
            staged = PublishedEnv(staging / "env")
            staged.folder.mkdir()
            manifest = builder.build(staged.venv)
            facts = Facts(
                name=spec.name,
                fingerprint=fingerprint,
                interpreter=builder.interpreter,
                lock_sha256=builder.lock.sha256,
                packages=installed_packages(staged.venv),
                inherited=self._inherited(spec, builder.interpreter),
                locked=spec.locked,
                uv_version=self.uv.version,
                built_at=utc_now(),
                build_s=round(time.monotonic() - started, 3),
                size_bytes=manifest.size_bytes,
                unique_bytes=unique_bytes(staged.venv),
                link_mode=builder.install.link_mode,
            )
            staged.write(facts, manifest, builder.lock.content)
            _publish(staged, published, spec.name)
        builder.caller.tell(f'env "{spec.name}" built in {facts.build_s:.1f} s')

    def _install(self, spec: EnvSpec) -> Install:
        self.root.mkdir(parents=True, exist_ok=True)
        linked = can_hardlink(self.uv.cache_folder(), self.root)
        wheels = self.root / "wheels"
        return Install(
            link_mode="hardlink" if linked else "copy",
            offline=self.offline,
            torch=spec.torch_build,
            wheels=wheels if wheels.is_dir() else None,
        )

    def _inherited(self, spec: EnvSpec, interpreter: Interpreter) -> Packages:
        if not spec.system_site_packages:
            return ()
        return inspect(Path(interpreter.path)).packages

    def _published(self, fingerprint: str) -> PublishedEnv:
        return PublishedEnv(self.root / fingerprint[:_FINGERPRINT_DIGITS])

    def _recipe(self, spec: EnvSpec, lock: Lock) -> Recipe:
        inherited = ""
        if spec.system_site_packages:
            inherited = inspect(Path(find_interpreter(spec.python, self.uv).path)).sha256
        return recipe_of(
            spec,
            lock,
            inherited=inherited,
            uv_version=self.uv.version,
            worker_protocol=self.worker_protocol,
        )


def _damage(published: PublishedEnv) -> tuple[str, ...]:
    """What keeps a published env from being used: its files, or what is known about them."""
    return ("unreadable: env.json",) if published.facts() is None else published.differences()


def _publish(staged: PublishedEnv, published: PublishedEnv, name: str) -> None:
    """One rename. Where another builder was faster, its env stays and this one is dropped.

    Only the host's own files were flushed one by one: a venv file that a power cut loses differs
    in size from the manifest, and the env is built again.
    """
    if published.folder.exists() and _damage(published):
        with unused(published.folder, name):
            discard(published.folder)
    sync_folder(staged.folder)
    try:
        staged.folder.rename(published.folder)
    except OSError:
        if published.facts() is None:
            raise
    sync_folder(published.folder.parent)
