"""Packing: from locked envspecs to one file for machines without a network."""

import shutil
import threading
from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from vlmhb import __version__
from vlmhb.domain.envspec import EnvSpec, Interpreter
from vlmhb.env.bundle import INDEX, Bundle, BundledEnv, BundledFile
from vlmhb.env.caller import Caller
from vlmhb.env.interpreter import ask, find_or_download_interpreter
from vlmhb.env.lock import Lock, lock_path, platform_tag, read_lock
from vlmhb.env.offered import offered_wheels
from vlmhb.env.repack import repack
from vlmhb.env.spec_files import spec_files
from vlmhb.env.store import EnvStore
from vlmhb.env.tar import new_tar, write_member
from vlmhb.env.wheel import BUILT, built_folder, built_packages
from vlmhb.errors import EnvError, StorageError
from vlmhb.system.download import Wanted, download
from vlmhb.system.files import sha256_of_file, storage_error

_DOWNLOADS_AT_ONCE = 4


def pack(
    specs: Sequence[EnvSpec], output: Path, store: EnvStore, caller: Caller
) -> tuple[Bundle, str]:
    """Write the bundle of these envs to `output`; return what it holds and its sha256.

    Wheels are collected in a folder beside it, which is left there when this fails: the same call
    goes on with it.

    Raises:
        EnvError: a spec has no usable lock, or a package cannot be had or built.
        DownloadError: a wheel cannot be fetched.
        StorageError: the file cannot be written.
    """
    if not output.parent.is_dir():
        raise StorageError(
            f"cannot write {output}",
            f"there is no folder {output.parent}",
            next_step="make it, or choose another with --output",
        )
    folder = output.with_name(f".{output.name}.collected")
    try:
        folder.mkdir(exist_ok=True)
        collected = _Collected(folder, store, caller)
        for spec in specs:
            collected.add(spec)
        collected.fetch()
        bundle = collected.bundle()
        collected.write(bundle, output)
        shutil.rmtree(folder)
        return bundle, sha256_of_file(output)
    except OSError as error:
        instead = "choose another folder with --output"
        raise storage_error(f"cannot write {output}", error, instead=instead) from error
    finally:
        # Where something was collected, this refuses.
        with suppress(OSError):
            folder.rmdir()


@dataclass(slots=True)
class _Collected:
    """What goes into a bundle."""

    folder: Path
    """Of the wheels."""
    store: EnvStore
    caller: Caller
    envs: list[BundledEnv] = field(default_factory=list)
    sources: dict[str, Path] = field(default_factory=dict)
    """Path in the bundle -> where the file is, or will be."""
    wanted: dict[str, Wanted] = field(default_factory=dict)
    """Path in the bundle -> what has to be fetched."""
    libc: str = ""

    def add(self, spec: EnvSpec) -> None:
        """Find out which files an env needs, and build those that no index has."""
        if spec.interpreter:
            raise EnvError(
                f'cannot pack env "{spec.name}"',
                f"it is the env of {spec.interpreter}, and nothing is locked",
                next_step="bring that env to the other machine as a whole, at the same path",
            )
        lock = read_lock(spec)
        built, interpreter = self._built(spec, lock, built_packages(spec, lock))
        self.caller.tell(f'asking the index for the wheels of env "{spec.name}"')
        wheels = offered_wheels(spec, lock, interpreter, self.store.uv)
        for name, wanted in wheels.items():
            self._want(f"wheels/{name}", wanted)
        folder = Path(spec.folder)
        for path in spec_files(spec):
            self.sources[f"envspecs/{folder.name}/{path.relative_to(folder).as_posix()}"] = path
        self.libc = interpreter.libc
        self.envs.append(
            BundledEnv(
                name=spec.name,
                lock=f"envspecs/{folder.name}/{lock_path(spec).name}",
                lock_sha256=lock.sha256,
                python=spec.python,
                interpreter=interpreter.version,
                wheels=tuple(sorted(f"wheels/{name}" for name in wheels)),
                built=tuple(sorted(built)),
            )
        )

    def _built(
        self, spec: EnvSpec, lock: Lock, names: Collection[str]
    ) -> tuple[list[str], Interpreter]:
        """What was made from source, as paths in the bundle, and the Python it was made with."""
        if not names:
            python = find_or_download_interpreter(spec.python, self.store.uv, self.caller)
            return [], python
        env = self.store.ensure(spec, cancelled=self.caller.cancelled, on_progress=self.caller.tell)
        venv = Path(env.python).parent.parent
        interpreter = ask(Path(env.python))
        folder = self.folder / BUILT / built_folder(lock.sha256, interpreter.version)
        folder.mkdir(parents=True, exist_ok=True)
        paths = []
        for name in sorted(names):
            wheel = repack(venv, name, folder)
            path = f"wheels/{BUILT}/{folder.name}/{wheel.name}"
            self.sources[path] = wheel
            paths.append(path)
        return paths, interpreter

    def _want(self, path: str, wanted: Wanted) -> None:
        before = self.wanted.setdefault(path, wanted)
        if before.sha256 != wanted.sha256:
            raise EnvError(
                "cannot pack these envs into one bundle",
                f"they need two different files called {path}",
                next_step="pack them into two bundles",
            )
        self.sources[path] = self.folder / path.rpartition("/")[2]

    def fetch(self) -> None:
        """Have every wheel on disk, with the hash that its lock names."""
        stop = threading.Event()
        with ThreadPoolExecutor(_DOWNLOADS_AT_ONCE) as pool:
            names = {
                pool.submit(download, wanted, self.sources[path], cancelled=stop): path
                for path, wanted in self.wanted.items()
            }
            try:
                for count, done in enumerate(as_completed(names), start=1):
                    done.result()
                    name = names[done].rpartition("/")[2]
                    self.caller.tell(f"fetched {name} ({count} of {len(names)})")
            except BaseException:
                stop.set()
                pool.shutdown(wait=True, cancel_futures=True)
                raise

    def bundle(self) -> Bundle:
        """The list of everything."""
        return Bundle(
            format=1,
            platform=platform_tag(),
            libc=self.libc,
            vlmhb=__version__,
            uv=self.store.uv.version,
            envs=tuple(self.envs),
            files={path: self._described(path) for path in sorted(self.sources)},
        )

    def _described(self, path: str) -> BundledFile:
        source = self.sources[path]
        fetched = self.wanted.get(path)
        return BundledFile(
            sha256=fetched.sha256 if fetched else sha256_of_file(source),
            size_bytes=source.stat().st_size,
        )

    def write(self, bundle: Bundle, output: Path) -> None:
        """One rename: `output` is whole, or as it was."""
        index = self.folder / INDEX
        index.write_bytes(bundle.to_json())
        partial = self.folder / "bundle.tar"
        with new_tar(partial) as tar:
            for path, source in ((INDEX, index), *sorted(self.sources.items())):
                with source.open("rb") as file:
                    write_member(tar, path, file, source.stat().st_size)
        partial.replace(output)
