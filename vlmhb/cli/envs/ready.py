"""What `env build` and `env unpack` say of an env that is ready."""

from collections.abc import Iterator

from vlmhb.cli.envs.disk import disk_line
from vlmhb.domain.digest import Json
from vlmhb.domain.envspec import Env, EnvSpec
from vlmhb.domain.sizes import megabytes
from vlmhb.env import EnvStore


def built_facts(env: Env) -> dict[str, Json]:
    """For programs."""
    return {
        "name": env.name,
        "fingerprint": env.fingerprint,
        "python": env.python,
        "python_version": env.python_version,
        "packages": len(env.packages),
        "inherited_packages": len(env.inherited),
        "locked": env.locked,
        "size_bytes": env.size_bytes,
        "build_s": env.build_s,
        "built_elsewhere": [name for name, _ in env.built_elsewhere],
    }


def built_lines(env: Env, spec: EnvSpec, store: EnvStore) -> Iterator[str]:
    """For people."""
    what = f"{len(env.packages)} packages"
    if env.inherited:
        what += f" and {len(env.inherited)} of its base interpreter"
    if not env.locked:
        what += ", unlocked"
    how = "lent, nothing installed" if spec.interpreter else f"built in {env.build_s:.1f} s"
    yield f"{env.name}: python {env.python_version}, {what}, {how}\n  {env.python}"
    for stored in () if spec.interpreter else store.built_for(spec):
        yield f"  {stored.fingerprint[:12]}: {disk_line(stored)}"


def unpacked_lines(env: Env) -> Iterator[str]:
    """Of one that came in a bundle."""
    yield (
        f"{env.name}: ready, python {env.interpreter.version}, {len(env.packages)} packages, "
        f"{megabytes(env.size_bytes)}, built in {env.build_s:.1f} s"
    )
    if env.built_elsewhere:
        names = ", ".join(name for name, _ in env.built_elsewhere)
        yield f"  built from source by whoever packed it, which no lock proves: {names}"
