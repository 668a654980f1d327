"""Names for envs: equal names, equal contents."""

from dataclasses import asdict, dataclass
from pathlib import Path

from vlmhb.domain.digest import sha256_of
from vlmhb.domain.envspec import EnvSpec, Interpreter
from vlmhb.env.inspection import Inspection, inspect, inspect_lent
from vlmhb.env.interpreter import find_interpreter
from vlmhb.env.lock import Lock, platform_tag, read_lock
from vlmhb.env.uv import Uv
from vlmhb.env.wheel import Brought, brought_for
from vlmhb.errors import EnvError
from vlmhb.system.files import sha256_of_file


@dataclass(frozen=True, slots=True)
class Recipe:
    """All that decides an env's contents but the interpreter; known without starting a process."""

    lock_sha256: str
    python: str
    """The specifier."""
    platform: str
    variant: str
    inherited: str
    """Digest of the base interpreter's packages, where the env uses them; else empty."""
    imports: tuple[str, ...]
    """They decide which bytecode an env holds, and what was tried in it."""
    overlay: tuple[tuple[str, str], ...]
    """(path below the overlay folder, sha256), sorted."""
    brought: Brought
    """What bundles brought of all that the spec has built from source."""
    uv_version: str
    worker_protocol: int

    @property
    def digest(self) -> str:
        """64 hex digits naming the recipe."""
        return sha256_of(asdict(self))

    def fingerprint(self, interpreter: Interpreter) -> str:
        """64 hex digits naming the env that the recipe gives with this interpreter."""
        # What was brought for other Pythons is not in this env.
        recipe = {**asdict(self), "brought": brought_for(interpreter, self.brought)}
        return sha256_of({"recipe": recipe, "interpreter": asdict(interpreter)})


def recipe_of(
    spec: EnvSpec,
    lock: Lock,
    *,
    inherited: str,
    brought: Brought,
    uv_version: str,
    worker_protocol: int,
) -> Recipe:
    """What the spec, its lock and its overlay ask for.

    Raises:
        EnvError: the overlay is not a folder of plain files.
    """
    return Recipe(
        lock_sha256=lock.sha256,
        python=spec.python,
        platform=platform_tag(),
        variant=spec.variant,
        inherited=inherited,
        imports=spec.imports,
        overlay=overlay_digests(spec),
        brought=brought,
        uv_version=uv_version,
        worker_protocol=worker_protocol,
    )


def overlay_folder(spec: EnvSpec) -> Path:
    """The folder whose files go into site-packages."""
    return Path(spec.folder) / spec.overlay


def overlay_files(spec: EnvSpec) -> list[Path]:
    """Every file of the spec's overlay, sorted; none when it has no overlay.

    Raises:
        EnvError: the overlay is not a folder of plain files inside the spec's folder.
    """
    if not spec.overlay:
        return []
    folder = overlay_folder(spec)
    paths = sorted(folder.rglob("*"))
    inside = folder.resolve().is_relative_to(Path(spec.folder).resolve())
    if not folder.is_dir() or not inside or any(path.is_symlink() for path in paths):
        raise EnvError(
            f'cannot use the overlay of env "{spec.name}"',
            f'overlay: "{spec.overlay}"',
            expected=f"a folder of plain files below {spec.folder}, without links",
            next_step="correct `overlay` in envspec.yaml",
        )
    return [path for path in paths if path.is_file() and "__pycache__" not in path.parts]


def contents_sha256(spec: EnvSpec) -> str:
    """64 hex digits over all that a model can notice of its env: packages, overlay, variables.

    Raises:
        EnvError: the spec has no usable lock, its overlay is no folder of plain files, or the
            interpreter it names cannot be asked.
    """
    packages = inspect_lent(spec).sha256 if spec.interpreter else read_lock(spec).sha256
    base = inspect_base(spec, Uv.installed()) if spec.system_site_packages else None
    return sha256_of(
        {
            "lock_sha256": packages,
            "python": spec.python,
            "variant": spec.variant,
            "overlay": overlay_digests(spec),
            "variables": dict(spec.variables),
            **({"inherited": base.sha256} if base else {}),
        }
    )


def inspect_base(spec: EnvSpec, uv: Uv) -> Inspection | None:
    """The base interpreter and what it holds where the env uses its packages; else None.

    Raises:
        EnvError: no interpreter fits, or it cannot be asked.
    """
    if not spec.system_site_packages:
        return None
    return inspect(Path(find_interpreter(spec.python, uv).path))


def overlay_digests(spec: EnvSpec) -> tuple[tuple[str, str], ...]:
    """(path in site-packages, sha256) of every file of the overlay.

    Raises:
        EnvError: the overlay is not a folder of plain files.
    """
    folder = overlay_folder(spec)
    return tuple(
        (path.relative_to(folder).as_posix(), sha256_of_file(path)) for path in overlay_files(spec)
    )
