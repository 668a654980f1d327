"""A store with envs that nobody built: a few files, and what the host keeps beside them."""

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

from vlmhb.domain.envspec import Env, Interpreter
from vlmhb.env.digests import read_files
from vlmhb.env.inventory import StoredEnv, inventory
from vlmhb.env.manifest import Manifest
from vlmhb.env.published import Facts, PublishedEnv
from vlmhb.env.tree import scan
from vlmhb.env.verify import verify

GONE = Interpreter("/nonexistent/python", "3.11.7", "toy", "cpython-311", "glibc 2")


def put_env(
    root: Path,
    name: str,
    files: Mapping[str, bytes],
    last_used_s: float = 1e9,
    interpreter: Interpreter = GONE,
) -> Path:
    """An env called `name`; returns its folder."""
    fingerprint = hashlib.sha256(name.encode()).hexdigest()
    published = PublishedEnv(root / fingerprint[:24])
    published.venv.mkdir(parents=True)
    for path, content in files.items():
        (published.venv / path).write_bytes(content)
    if interpreter is not GONE:
        (published.venv / "bin").mkdir()
        (published.venv / "bin/python").symlink_to(interpreter.path)
    tree = scan(published.venv)
    digests = read_files(published.venv, tree.files)
    manifest = Manifest.of(tree, {path: digest.sha256 for path, digest in digests.items()})
    facts = _facts(name, fingerprint, interpreter, tree.size_bytes)
    published.write(facts, manifest, b"lock")
    in_use = published.folder / "in-use"
    in_use.touch()
    os.utime(in_use, (last_used_s, last_used_s))
    return published.folder


def names(root: Path) -> list[str]:
    """Of the envs that are there."""
    return [env.name for env in inventory(root)]


def env_called(root: Path, name: str) -> StoredEnv:
    """The env of that name."""
    (env,) = [env for env in inventory(root) if env.name == name]
    return env


def changes(env: Env) -> tuple[str, ...]:
    """What verifying an env of any store finds."""
    (stored,) = [
        stored
        for stored in inventory(Path(env.python).parents[3])
        if stored.fingerprint == env.fingerprint
    ]
    return verify(stored).problems


def _facts(name: str, fingerprint: str, interpreter: Interpreter, size_bytes: int) -> Facts:
    return Facts(
        name=name,
        fingerprint=fingerprint,
        interpreter=interpreter,
        lock_sha256="0" * 64,
        packages=(("toy-model", "1"),),
        inherited=(),
        locked=True,
        uv_version="1",
        built_at="2026-01-01T00:00:00Z",
        build_s=1.0,
        size_bytes=size_bytes,
        unique_bytes=size_bytes,
        link_mode="hardlink",
        platform="linux-x86_64",
        variant="",
        overlay=(),
        released={},
        commits={},
        built_elsewhere=(),
    )
