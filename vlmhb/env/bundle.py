"""Bundles: everything a machine without a network needs to build some envs, in one tar file.

bundle.json                          what follows, with sizes and hashes; the first file
envspecs/<folder>/...                envspec.yaml, overlays, and the lock of each packed env
wheels/<wheel>                       as the index has them, named in the locks by their hashes
wheels/built/<lock>-<python>/<wheel> made of what is built from source
"""

import re
from collections.abc import Iterator
from itertools import chain
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from typing_extensions import Self

from vlmhb.env.wheel import BUILT, built_folder
from vlmhb.errors import EnvError

INDEX = "bundle.json"
MAX_INDEX_BYTES = 16 << 20

_WHEEL = r"[A-Za-z0-9_][A-Za-z0-9_.+!-]*\.whl"
_PATH = re.compile(
    rf"wheels/{_WHEEL}|wheels/built/[0-9a-f]{{16}}-[0-9]+\.[0-9]+/{_WHEEL}|envspecs(/[^/\\\x00-\x1f\x7f]+){{2,}}"
)
_NAME = r"^[A-Za-z0-9_][A-Za-z0-9_.+-]*(@[a-z0-9_]+)?$"
_Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
_Versions = Annotated[str, Field(pattern=r"^[0-9.,<>=!~* ]+$")]
_Word = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9 .+_-]*$", max_length=100)]
_Size = Annotated[int, Field(ge=0)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class BundledFile(_Part):
    """A file of a bundle."""

    sha256: _Sha256
    size_bytes: _Size


class BundledEnv(_Part):
    """An env that can be built from a bundle."""

    name: str = Field(pattern=_NAME)
    """NAME or NAME@VARIANT."""
    lock: str
    """Path of its lock in the bundle."""
    lock_sha256: _Sha256
    python: _Versions
    """The specifier of its envspec."""
    interpreter: str = Field(pattern=r"^[0-9]+\.[0-9]+\.[0-9]+$")
    """The version its wheels were chosen for."""
    wheels: tuple[str, ...]
    built: tuple[str, ...]

    @property
    def folder(self) -> str:
        """The name of its envspec's folder."""
        return self.name.partition("@")[0]

    @property
    def built_folder(self) -> str:
        """Of the wheels that were built for it."""
        return built_folder(self.lock_sha256, self.interpreter)


class Bundle(_Part):
    """The contents of `bundle.json`."""

    format: Literal[1]
    platform: _Word
    """As in the names of locks, e.g. `linux-x86_64`."""
    libc: _Word
    """Of the machine that packed it, e.g. `glibc 2.36`."""
    vlmhb: _Word
    uv: _Word
    envs: tuple[BundledEnv, ...] = Field(min_length=1)
    files: dict[str, BundledFile]

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        for problem in chain(self._odd_paths(), self._odd_envs()):
            raise ValueError(problem)
        return self

    def _odd_paths(self) -> Iterator[str]:
        named = {path for env in self.envs for path in (*env.wheels, *env.built, env.lock)}
        folders = tuple(f"envspecs/{env.folder}/" for env in self.envs)
        for path in self.files:
            parts = path.split("/")
            is_plain = _PATH.fullmatch(path) and path.isprintable()
            if not is_plain or not {".", ".."}.isdisjoint(parts):
                yield f"{path!r} is no name for a file of a bundle"
            elif path not in named and not path.startswith(folders):
                yield f"{path!r} belongs to no env"
        for path in sorted(named - self.files.keys()):
            yield f"{path!r} is named and has no hash"

    def _odd_envs(self) -> Iterator[str]:
        for env in self.envs:
            if self.files[env.lock].sha256 != env.lock_sha256:
                yield f"{env.lock!r} is not the lock of {env.name}"
            homes = {
                env.lock: f"envspecs/{env.folder}",
                **dict.fromkeys(env.wheels, "wheels"),
                **dict.fromkeys(env.built, f"wheels/{BUILT}/{env.built_folder}"),
            }
            for path, home in homes.items():
                if path.rpartition("/")[0] != home:
                    yield f"{path!r} is not where it belongs"

    @property
    def size_bytes(self) -> int:
        """All its files together."""
        return sum(file.size_bytes for file in self.files.values())

    def to_json(self) -> bytes:
        """The file; equal bundles give equal bytes."""
        ordered = self.model_copy(update={"files": dict(sorted(self.files.items()))})
        return ordered.model_dump_json(indent=1).encode() + b"\n"

    @classmethod
    def from_json(cls, content: bytes, shown: str) -> Self:
        """The bundle that `to_json` wrote.

        Raises:
            EnvError: it is something else, or does not agree with itself.
        """
        try:
            return cls.model_validate_json(content)
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(str(part) for part in first["loc"])
            raise refused(shown, f"{INDEX} {place}: {first['msg']}".replace(" : ", ": ")) from error


def refused(shown: str, got: str) -> EnvError:
    """Why nothing of a bundle is used."""
    return EnvError(
        f"cannot use the bundle {shown}",
        got,
        expected="a tar file that `vlmhb env pack` wrote, unchanged",
        next_step="copy it again and compare the sha256 that `vlmhb env pack` printed, or pack "
        "again",
    )
