"""Resolutions: what an envspec asks for, as exact versions with the hashes of their files."""

import json
import platform
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vlmhb.domain.envspec import EnvSpec
from vlmhb.env.no_deps import NoDeps
from vlmhb.env.specifier import as_marker, lowest_version
from vlmhb.env.uv import Uv

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_NEVER = "sys_platform == 'never'"

_PUBLIC_PIN = re.compile(
    r"^([A-Za-z0-9][\w.-]*(?:\[[\w,.-]+\])?) *==(?!=) *([^*+,;\s]+)(?=[\s;]|$)", re.MULTILINE
)


def no_deps(spec: EnvSpec) -> tuple[NoDeps, ...]:
    """The spec's packages without dependencies."""
    return tuple(entry for written in spec.no_deps if (entry := NoDeps.parse(written)))


def described(pins: str, spec: EnvSpec, uv: Uv, folder: Path) -> list[dict[str, Any]]:
    """What the index says of each pin and its files, as in a pylock.toml; made in `folder`.

    Raises:
        EnvError: an index cannot be reached.
    """
    resolved, details = folder / "resolved.txt", folder / "pylock.toml"
    resolved.write_text(exactly(pins), encoding="utf-8")
    uv.describe(resolved, details, python=lowest_version(spec.python), torch=spec.torch_build)
    packages: list[dict[str, Any]] = tomllib.loads(details.read_text(encoding="utf-8")).get(
        "packages", []
    )
    return packages


def exactly(pins: str) -> str:
    """The same pins, but `torch==2.13.0` no longer admits `2.13.0+cpu` from a folder of wheels."""
    return _PUBLIC_PIN.sub(r"\1===\2", pins)


@dataclass(frozen=True, slots=True)
class Resolution:
    """A question to uv's resolver, in a folder of its own."""

    folder: Path
    spec: EnvSpec
    uv: Uv
    worker_requirement: str

    def pins(self, before: bytes) -> str:
        """Requirement lines with hashes; the versions in `before` are kept where they fit.

        Raises:
            EnvError: the requirements contradict each other, or an index cannot be reached.
        """
        wanted = [*map(exactly, self.spec.requirements), self.worker_requirement]
        followed = self._resolve("followed", wanted, before, with_dependencies=True)
        released = [entry.requirement for entry in no_deps(self.spec) if not entry.url]
        if not released:
            return followed
        return followed + self._resolve("released", released, b"", with_dependencies=False)

    def release_dates(self, pins: str) -> dict[str, str]:
        """`name==version` -> day, for the pins whose index tells.

        Raises:
            EnvError: an index cannot be reached.
        """
        found = {}
        for package in described(pins, self.spec, self.uv, self.folder):
            files = [*package.get("wheels", ()), *filter(None, [package.get("sdist")])]
            times = [file["upload-time"] for file in files if "upload-time" in file]
            if times:
                found[f"{package['name']}=={package['version']}"] = f"{min(times):%Y-%m-%d}"
        return found

    def _resolve(
        self, name: str, wanted: list[str], before: bytes, *, with_dependencies: bool
    ) -> str:
        project = self.folder / name
        project.mkdir()
        question = self._project(wanted, with_dependencies=with_dependencies)
        (project / "pyproject.toml").write_text(question, encoding="utf-8")
        resolved = project / "resolved.txt"
        resolved.write_bytes(before)
        self.uv.compile(
            project,
            resolved,
            python=lowest_version(self.spec.python),
            torch=self.spec.torch_build,
            with_dependencies=with_dependencies,
        )
        return resolved.read_text(encoding="utf-8")

    def _project(self, wanted: list[str], *, with_dependencies: bool) -> str:
        """The question as the project uv can read with all its conditions.

        Only `environments` bounds a resolution to one platform and to a highest Python. Packages
        without dependencies are kept out of it, so that nobody brings another version of them.
        """
        where = (
            f"sys_platform == '{sys.platform}' and platform_machine == '{platform.machine()}'"
            f" and {as_marker(self.spec.python)}"
        )
        apart = no_deps(self.spec)
        absent = [f"{entry.name} ; {_NEVER}" for entry in apart]
        # A JSON string of plain text is a TOML string as well.
        lines = [
            "[project]",
            'name = "this-envspec"',  # uv's explanations call it so
            'version = "0"',
            f"requires-python = {json.dumps(self.spec.python)}",
            f"dependencies = {json.dumps(wanted)}",
            "[tool.uv]",
            f"environments = [{json.dumps(where)}]",
            f"no-build = {'false' if self.spec.build and not with_dependencies else 'true'}",
        ]
        if with_dependencies:
            lines += [
                f"override-dependencies = {json.dumps([*self.spec.overrides, *absent])}",
                f"constraint-dependencies = {json.dumps(list(self.spec.constraints))}",
            ]
        # With its metadata given, nobody's build script runs to find it out.
        for entry in (entry for entry in apart if entry.name in self.spec.build):
            lines += [
                "[[tool.uv.dependency-metadata]]",
                f"name = {json.dumps(entry.name)}",
                f"version = {json.dumps(entry.version or '0')}",
                "requires-dist = []",
            ]
        return "\n".join((*lines, ""))
