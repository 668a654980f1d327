"""The env store: whole envs, found without a process and built at most once.

ROOT/<24 hex of the fingerprint>/   venv/  manifest.json  env.json  lock.txt  in-use
ROOT/index/                         recipe -> fingerprint
ROOT/interpreters/                  specifier -> interpreter
ROOT/receipts/                      files that were read once and are shared with uv's cache
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

from vlmhb.domain.envspec import Env, EnvSpec, Interpreter, Packages
from vlmhb.env.build import Builder
from vlmhb.env.caller import Caller
from vlmhb.env.check import Checked
from vlmhb.env.choices import Choices
from vlmhb.env.fingerprint import Recipe, inspect_base, overlay_digests, recipe_of
from vlmhb.env.holds import GoneError, Holds, unused
from vlmhb.env.index import Index
from vlmhb.env.inspection import Inspection
from vlmhb.env.interpreter import find_interpreter, find_or_download_interpreter
from vlmhb.env.inventory import StoredEnv, inventory
from vlmhb.env.lent import lend
from vlmhb.env.lock import Lock, git_commits, platform_tag, read_lock, release_dates
from vlmhb.env.manifest import Manifest
from vlmhb.env.published import NAME_DIGITS, Facts, PublishedEnv, as_env
from vlmhb.env.receipts import receipts_of
from vlmhb.env.records import installed_packages
from vlmhb.env.staging import can_hardlink, discard, only_builder, staging_folder, sweep
from vlmhb.env.uv import Install, Uv
from vlmhb.env.wheel import brought, built_wheels
from vlmhb.errors import EnvError, StorageError
from vlmhb.system.clock import utc_now


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
        recipe, _ = self._recipe(spec, read_lock(spec))
        return self._find(spec, recipe)

    def built_for(self, spec: EnvSpec) -> tuple[StoredEnv, ...]:
        """The env that `find` would give, not verified and not in use because of this.

        When its interpreter is no longer known, all those that it may give again: none, one, or
        one for each interpreter there was.

        Raises:
            EnvError: the spec has no usable lock.
        """
        if spec.interpreter:
            return ()
        recipe, _ = self._recipe(spec, read_lock(spec))
        indexed = Index(self.root / "index").fingerprint(recipe.digest)
        fitting = [
            (env, env.facts.fingerprint)
            for env in inventory(self.root)
            if env.facts and env.facts.fingerprint == recipe.fingerprint(env.facts.interpreter)
        ]
        known = [env for env, fingerprint in fitting if fingerprint == indexed]
        return tuple(known or [env for env, _ in fitting])

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

    def install(self, spec: EnvSpec, link_mode: str) -> Install:
        """How the packages of `spec` get into a venv here."""
        wheels = self.root / "wheels"
        return Install(
            link_mode=link_mode,
            offline=self.offline or self.uv.is_offline,
            torch=spec.torch_build,
            wheels=wheels if wheels.is_dir() else None,
        )

    def _build_or_wait(self, spec: EnvSpec, caller: Caller) -> Env:
        lock = read_lock(spec)
        recipe, base = self._recipe(spec, lock)
        name = f"{recipe.digest[:NAME_DIGITS]}.lock"
        with only_builder(self.root / "locks" / name, spec.name, caller) as heard:
            if found := self._find(spec, recipe):
                return found
            sweep(self.root)
            # The one whose packages are part of the recipe, whatever was chosen before.
            interpreter = base.interpreter if base else self._interpreter(spec, heard)
            fingerprint = recipe.fingerprint(interpreter)
            published = self._published(fingerprint)
            found = self._take(published, spec)
            if found is None:
                how = self.install(spec, self._link_mode())
                built = built_wheels(self.root / "wheels", recipe.brought, lock, interpreter)
                builder = Builder(self.uv, spec, lock, interpreter, how, built, heard)
                found = self._build(builder, published, fingerprint, base)
            Index(self.root / "index").put(recipe.digest, fingerprint, interpreter)
            if found:
                return found
        raise EnvError(
            f'env "{spec.name}" was built and changed at once',
            "\n".join(_damage(published)[:10]) or f"{published.folder} is gone",
            expected=f"no other program to write into {self.root}",
            next_step="find that program, then run the same command again",
        )

    def _find(self, spec: EnvSpec, recipe: Recipe) -> Env | None:
        fingerprint = Index(self.root / "index").fingerprint(recipe.digest)
        return None if fingerprint is None else self._take(self._published(fingerprint), spec)

    def _interpreter(self, spec: EnvSpec, caller: Caller) -> Interpreter:
        choices = Choices(self.root / "interpreters", self.uv.environment)
        if chosen := choices.get(spec.python):
            return chosen
        found = (
            find_interpreter(spec.python, self.uv)
            if self.offline
            else find_or_download_interpreter(spec.python, self.uv, caller)
        )
        choices.put(spec.python, found)
        return found

    def _take(self, published: PublishedEnv, spec: EnvSpec) -> Env | None:
        """The published env, in use from now on; None when it is gone or not as it was built."""
        try:
            self.holds.take(published.folder)
        except GoneError:
            return None
        facts = published.facts()
        if facts is None or _damage(published):
            self.holds.drop(published.folder)
            return None
        return as_env(published, facts, spec)

    def _build(
        self,
        builder: Builder,
        published: PublishedEnv,
        fingerprint: str,
        base: Inspection | None,
    ) -> Env | None:
        """Build in a staging folder, then let the whole appear under its name.

        None: another builder was faster, and what it built is not as it was.
        """
        spec = builder.spec
        if published.folder.exists():
            changes = ", ".join(_damage(published)[:3])
            builder.caller.tell(f'env "{spec.name}" is not as it was built ({changes})')
            receipts_of(self.root).forget()
        builder.caller.tell(f'building env "{spec.name}"')
        started = time.monotonic()
        with staging_folder(self.root) as staging:
            staged = PublishedEnv(staging / "env")
            staged.folder.mkdir()
            checked = builder.build(staged.venv, receipts_of(self.root))
            facts = self._facts(builder, fingerprint, checked, base, time.monotonic() - started)
            manifest = Manifest.of(checked.tree, checked.sha256)
            staged.write(facts, manifest, builder.lock.content)
            # It appears in use: at no time can it be removed before its builder has it.
            self.holds.take(staged.folder)
            is_ours = _publish(staged, published, spec.name)
            self.holds.move(staged.folder, published.folder)
        builder.caller.tell(f'env "{spec.name}" built in {facts.build_s:.1f} s')
        # Looked at a moment ago, after its imports: what comes later the next run notices.
        return as_env(published, facts, spec) if is_ours else self._take(published, spec)

    def _facts(
        self,
        builder: Builder,
        fingerprint: str,
        checked: Checked,
        base: Inspection | None,
        build_s: float,
    ) -> Facts:
        """What is worth knowing of a venv that was built and checked just now."""
        spec, lock = builder.spec, builder.lock
        packages = installed_packages(checked.tree.root)
        return Facts(
            name=spec.name,
            fingerprint=fingerprint,
            interpreter=builder.interpreter,
            lock_sha256=lock.sha256,
            packages=packages,
            inherited=_inherited(base, packages),
            locked=spec.locked,
            uv_version=self.uv.version,
            built_at=utc_now(),
            build_s=round(build_s, 3),
            size_bytes=checked.tree.size_bytes,
            unique_bytes=checked.tree.unique_bytes,
            link_mode=builder.install.link_mode,
            platform=platform_tag(),
            variant=spec.variant,
            overlay=overlay_digests(spec),
            released=release_dates(lock.content),
            commits=git_commits(lock.content),
            built_elsewhere=tuple((w.package, w.sha256) for w in builder.built_elsewhere),
        )

    def _link_mode(self) -> str:
        self.root.mkdir(parents=True, exist_ok=True)
        return "hardlink" if can_hardlink(self.uv.cache_folder(), self.root) else "copy"

    def _published(self, fingerprint: str) -> PublishedEnv:
        return PublishedEnv(self.root / fingerprint[:NAME_DIGITS])

    def _recipe(self, spec: EnvSpec, lock: Lock) -> tuple[Recipe, Inspection | None]:
        """What the spec asks for, and the base interpreter where that is a part of it."""
        base = inspect_base(spec, self.uv)
        recipe = recipe_of(
            spec,
            lock,
            inherited=base.sha256 if base else "",
            brought=brought(self.root / "wheels", spec, lock),
            uv_version=self.uv.version,
            worker_protocol=self.worker_protocol,
        )
        return recipe, base


def _inherited(base: Inspection | None, own: Packages) -> Packages:
    """The base interpreter's packages that the env uses and does not bring itself."""
    if base is None:
        return ()
    names = {name for name, _ in own}
    return tuple((name, version) for name, version in base.packages if name not in names)


def _damage(published: PublishedEnv) -> tuple[str, ...]:
    """What keeps a published env from being used: its files, or what is known about them."""
    return ("unreadable: env.json",) if published.facts() is None else published.differences()


def _publish(staged: PublishedEnv, published: PublishedEnv, name: str) -> bool:
    """One rename. Where another builder was faster, its env stays, this one is dropped: False."""
    if published.folder.exists() and _damage(published):
        with unused(published.folder, name) as is_there:
            if is_there:
                discard(published.folder)
    try:
        staged.folder.rename(published.folder)
    except OSError:
        if published.facts() is None:
            raise
        return False
    return True
