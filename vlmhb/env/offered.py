"""Offered files: where the indexes have the wheels that a lock names."""

import re
import urllib.parse
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement

from vlmhb.domain.envspec import EnvSpec, Interpreter
from vlmhb.env.lock import Lock
from vlmhb.env.no_deps import normalised
from vlmhb.env.resolution import described
from vlmhb.env.uv import Uv
from vlmhb.env.wheel import applies, best_wheel
from vlmhb.errors import EnvError
from vlmhb.system.download import Wanted
from vlmhb.system.scratch import scratch_folder

_INDEXES = ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "UV_INDEX", "UV_EXTRA_INDEX_URL")


def offered_wheels(
    spec: EnvSpec, lock: Lock, interpreter: Interpreter, uv: Uv
) -> dict[str, Wanted]:
    """File name -> where it is, of the one wheel per locked package that the interpreter takes.

    Raises:
        EnvError: an index cannot be reached, or has no wheel of those that were locked.
    """
    pins = lock.pins_without(spec.build)
    offers = _described(spec, pins, uv)
    logins = _logins(uv.environment)
    found = {}
    for pin, hashes in _pins(pins, interpreter):
        version = str(next(iter(pin.specifier)).version)
        offer = offers.get((normalised(pin.name), version), {})
        wheels = {
            name: file
            for name, file in offer.items()
            if file.get("hashes", {}).get("sha256") in hashes
        }
        best = best_wheel(wheels, interpreter)
        if best is None:
            raise _none(spec, f"{pin.name}=={version}", interpreter, sorted(offer))
        file = wheels[best]
        url = _with_login(file["url"], logins)
        found[best] = Wanted(url, file["hashes"]["sha256"], file.get("size", 0))
    return found


def _described(spec: EnvSpec, pins: str, uv: Uv) -> dict[tuple[str, str], dict[str, Any]]:
    """(name, version) -> file name -> what the index says of the wheel."""
    with scratch_folder("pack") as name:
        packages = described(pins, spec, uv, Path(name))
    offers: dict[tuple[str, str], dict[str, Any]] = {}
    for package in packages:
        offer = offers.setdefault((normalised(package["name"]), package["version"]), {})
        offer.update({_file_name(wheel): wheel for wheel in package.get("wheels", ())})
    return offers


def _pins(pins: str, interpreter: Interpreter) -> Iterator[tuple[Requirement, set[str]]]:
    """(requirement, its hashes) of the lines that are meant for this interpreter."""
    for line in pins.splitlines():
        written, *hashes = re.split(r"\s*--hash=sha256:", line)
        requirement = Requirement(written)
        if applies(requirement, interpreter):
            yield requirement, {value.strip() for value in hashes}


def _file_name(wheel: Mapping[str, Any]) -> str:
    path = urllib.parse.urlsplit(wheel["url"]).path
    return urllib.parse.unquote(path.rpartition("/")[2])


def _logins(environment: Mapping[str, str]) -> dict[str, str]:
    """Host -> `name:password@` of the indexes whose addresses hold one, which uv does not tell."""
    written = " ".join(environment.get(name, "") for name in _INDEXES).split()
    urls = [urllib.parse.urlsplit(re.sub(r"^[\w-]+=", "", word)) for word in written]
    parted = [(url.scheme, *url.netloc.rpartition("@")) for url in urls]
    return {f"{scheme}://{host}": login + at for scheme, login, at, host in parted if at}


def _with_login(url: str, logins: Mapping[str, str]) -> str:
    parts = urllib.parse.urlsplit(url)
    login = logins.get(f"{parts.scheme}://{parts.netloc}", "")
    return urllib.parse.urlunsplit(parts._replace(netloc=login + parts.netloc))


def _none(spec: EnvSpec, pin: str, interpreter: Interpreter, offered: list[str]) -> EnvError:
    listed = ", ".join(offered[:5]) or "none at all"
    return EnvError(
        f'cannot pack env "{spec.name}"',
        f"{pin} has no wheel that was locked and that Python {interpreter.version} takes; offered: "
        f"{listed}",
        next_step="where a folder holds the locked one, set UV_FIND_LINKS to it; or lock again: "
        f"vlmhb env lock {spec.name}",
    )
