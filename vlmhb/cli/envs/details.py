"""Everything that is known of one env, built, lent or only described."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from vlmhb.cli.envs.disk import disk_line, mount_below
from vlmhb.cli.envs.stored import chosen
from vlmhb.cli.envs.table import use_in_words, utc
from vlmhb.config import Kind, Library, load_envspec, load_variants, split_reference
from vlmhb.domain.digest import Json
from vlmhb.domain.envspec import EnvSpec, Packages
from vlmhb.domain.sizes import megabytes
from vlmhb.env import EnvStore, StoredEnv, Tally, in_use, inspect_lent, read_lock
from vlmhb.errors import ConfigError, EnvError


@dataclass(frozen=True, slots=True)
class Details:
    """What `vlmhb env show` says."""

    json: Mapping[str, Json]
    lines: tuple[tuple[str, str], ...]
    """(heading, text) for people."""
    packages: tuple[str, ...]
    """`name==version`, with where each comes from when that is not the env itself."""
    missing: str = ""
    """What to do about an env that is not built; empty when there is nothing to do."""

    def text(self, *, with_packages: bool) -> Iterator[str]:
        """The lines for people."""
        for heading, text in self.lines:
            indented = text.strip().replace("\n", "\n" + " " * 14)
            yield f"{heading + ':':<13} {indented}"
        if with_packages:
            yield from (f"  {package}" for package in self.packages)
        elif self.packages:
            yield "--packages lists the packages"


def details(store: EnvStore, reference: str) -> list[Details]:
    """Of the env called so: NAME, NAME@VARIANT, or the start of a fingerprint.

    A name stands for what this machine would use now; one that no envspec has any more, for every
    env of that name.

    Raises:
        UsageError: nothing is called so, or an envspec is wrong.
        EnvError: a lock cannot be used, or the interpreter that is lent.
    """
    name, _ = split_reference(reference)
    if "/" in name or name in Library.standard(Path.cwd()).names(Kind.ENVSPEC):
        spec = load_envspec(reference)
        if spec.interpreter:
            return [_of_lent(spec)]
        return [_of_built(env, spec) for env in store.built_for(spec)] or [_of_described(spec)]
    return [_of_built(env, _spec_of(store, env)) for env in chosen(store, [reference])]


def _spec_of(store: EnvStore, env: StoredEnv) -> EnvSpec | None:
    """The envspec that asks for exactly this env."""
    with suppress(ConfigError, EnvError):
        for spec in load_variants(env.name):
            if env.folder in {built.folder for built in store.built_for(spec)}:
                return spec
    return None


def _of_built(env: StoredEnv, spec: EnvSpec | None) -> Details:
    """An env in the store; `spec` is the one it belongs to, when that is known."""
    facts = env.facts
    used = Tally([env.folder]).usage()
    mount = mount_below(env)
    shown: dict[str, Json] = {
        "name": env.name,
        "built": True,
        "fingerprint": env.fingerprint,
        "folder": str(env.folder),
        "python": str(env.published.venv / "bin" / "python"),
        "unique_bytes": used.unique_bytes,
        "shared_bytes": used.shared_bytes,
        "mount": {"point": mount.point, "type": mount.type} if mount else None,
        "last_used": utc(env.last_used_s),
        "in_use": in_use(env.folder),
    }
    lines = [
        ("env", env.name),
        ("fingerprint", env.fingerprint),
        ("folder", str(env.folder)),
        ("python", f"{env.published.venv}/bin/python"),
    ]
    packages: tuple[str, ...] = ()
    if facts is None:
        lines.append(("state", "its env.json cannot be read: no run uses it as it is"))
    else:
        shown |= {name: value for name, value in asdict(facts).items() if name not in shown}
        shown["unique_bytes_when_built"] = facts.unique_bytes
        base = facts.interpreter
        lines += [
            ("made from", f"{base.path}\npython {base.version}, {base.libc}\n{base.build}"),
            ("lock", f"sha256 {facts.lock_sha256}"),
            ("platform", " ".join(filter(None, (facts.platform, facts.variant)))),
            ("built", f"{facts.built_at} in {facts.build_s:.1f} s with uv {facts.uv_version}"),
            ("size", megabytes(facts.size_bytes)),
            ("packages", _count(facts.packages, facts.inherited, is_locked=facts.locked)),
        ]
        if facts.built_elsewhere:
            wheels = (f"{name}, wheel sha256 {sha256}" for name, sha256 in facts.built_elsewhere)
            lines.append(("from bundle", "\n".join(("built from source elsewhere:", *wheels))))
        packages = (*_pins(facts.packages), *_pins(facts.inherited, " (inherited)"))
    lines += [("disk", disk_line(env))]
    lines += [("last used", f"{utc(env.last_used_s)}, in use: {use_in_words(env)}")]
    return _with_spec(shown, lines, packages, spec)


def _of_lent(spec: EnvSpec) -> Details:
    """An env of others, asked now.

    Raises:
        EnvError: its interpreter is not there, or cannot be asked.
    """
    found = inspect_lent(spec)
    base = found.interpreter
    lacks = "" if found.serves_worker else "; msgpack is missing there and is lent to its workers"
    shown: dict[str, Json] = {
        "name": spec.name,
        "built": False,
        "python": spec.interpreter,
        "interpreter": dict(asdict(base)),
        "locked": False,
        "packages": [list(package) for package in found.packages],
        "inspection_sha256": found.sha256,
        "has_msgpack": found.serves_worker,
    }
    lines = [
        ("env", f"{spec.name}, of others: nothing is installed there{lacks}"),
        ("python", spec.interpreter),
        ("is", f"{base.path}\npython {base.version}, {base.libc}\n{base.build}"),
        ("inspection", f"sha256 {found.sha256}"),
        ("packages", _count(found.packages, (), is_locked=False)),
    ]
    return _with_spec(shown, lines, _pins(found.packages), spec)


def _of_described(spec: EnvSpec) -> Details:
    """An env that its envspec and lock describe and that is not built.

    Raises:
        EnvError: it has no usable lock.
    """
    lock = read_lock(spec)
    pins = tuple(line.split(" --hash=")[0] for line in lock.pins_without(()).splitlines())
    shown: dict[str, Json] = {
        "name": spec.name,
        "built": False,
        "lock": str(lock.path),
        "lock_sha256": lock.sha256,
        "packages": list(pins),
        "locked": spec.locked,
    }
    lines = [
        ("env", f"{spec.name}, not built"),
        ("lock", f"{lock.path}\nsha256 {lock.sha256}"),
        ("packages", f"{len(pins)} in its lock, some of them perhaps for other Pythons only"),
    ]
    details = _with_spec(shown, lines, pins, spec)
    missing = f'env "{spec.name}" is not built\nNext: vlmhb env build {spec.name}'
    return replace(details, missing=missing)


def _with_spec(
    shown: dict[str, Json],
    lines: list[tuple[str, str]],
    packages: tuple[str, ...],
    spec: EnvSpec | None,
) -> Details:
    if spec is None:
        lines.append(("envspec", "none that is known here asks for it"))
        return Details(shown, tuple(lines), packages)
    needs = [
        f"python {spec.python}" if spec.python else "",
        f"driver {spec.min_driver} or newer" if spec.min_driver else "",
        "the network" if spec.network else "",
    ]
    shown["envspec"] = {
        "folder": spec.folder,
        "python": spec.python,
        "min_driver": spec.min_driver,
        "network": spec.network,
        "variables": dict(spec.variables),
        "notes": spec.notes,
    }
    lines.append(("envspec", spec.folder))
    if any(needs):
        lines.append(("needs", ", ".join(filter(None, needs))))
    if spec.variables:
        variables = (f"{name}={value}" for name, value in sorted(spec.variables.items()))
        lines.append(("variables", "\n".join(variables)))
    if spec.notes:
        lines.append(("notes", spec.notes))
    return Details(shown, tuple(lines), packages)


def _count(packages: Packages, inherited: Packages, *, is_locked: bool) -> str:
    text = str(len(packages))
    if inherited:
        text += f", and {len(inherited)} of its base interpreter"
    return text if is_locked else f"{text}; unlocked: results cannot be reproduced from a lock"


def _pins(packages: Packages, note: str = "") -> tuple[str, ...]:
    return tuple(f"{name}=={version}{note}" for name, version in packages)
