"""Where VLMHyperBench keeps its files."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

from vlmhb.config.issues import did_you_mean
from vlmhb.config.legacy.told import VLM_BASE, read_told
from vlmhb.config.library import shown

OWN = "vlmhyperbench"
NAME = "VLMHyperBench_config.json"
CONFIGS = (f"{OWN}/system_dirs/cfg/{NAME}", f"{OWN}/cfg/{NAME}")
"""Today's place and the first one."""
MAX_LISTED = 12

_NAMES = {
    "datasets": "Datasets",
    "model_answers": "ModelsAnswers",
    "model_metrics": "ModelsMetrics",
    "prompt_collections": "PromptCollections",
    "system_prompts": "SystemPrompts",
}
"""Key of `data_dirs` in its config -> name of the folder."""


class NotThere(Exception):  # noqa: N818 - it becomes one line of a ConfigError
    """A file or folder is not there; the text says what was expected instead."""


@dataclass(frozen=True, slots=True)
class Folders:
    """All absolute."""

    datasets: Path
    answers: Path
    metrics: Path
    prompts: Path
    system_prompts: Path
    vlm_base: Path
    note: str
    """Why these."""
    hint: str = ""
    """What else might have been meant."""


def folders_of(user_config: Path, cwd: Path) -> Folders:
    """The folders that belong to a user_config.csv.

    As VLMHyperBench_config.json says, which is looked for below the file's folder and those above
    it, as far as `cwd`: what lies further up may be anyone's. Without one, in the first
    `vlmhyperbench/` on that way, or else beside the file.

    Raises:
        ConfigError: naming everything that is wrong with VLMHyperBench_config.json.
    """
    folder, end = user_config.parent.resolve(), cwd.resolve()
    every = (folder, *folder.parents)
    near = tuple(place for place in every if place == folder or place.is_relative_to(end))
    for place, config in _configs(every):
        if place in near:
            return _told(config, place, shown(config, end))
        hint = f"for the folders that {config} names, run it in {place}"
        return _usual(near, end, hint)
    return _usual(near, end, "")


def _configs(places: Sequence[Path]) -> Iterator[tuple[Path, Path]]:
    """(folder, config below it), the nearest first."""
    for place in places:
        for name in CONFIGS:
            if (place / name).is_file():
                yield place, place / name


def _usual(places: Sequence[Path], cwd: Path, hint: str) -> Folders:
    owned = (place / OWN for place in places)
    base = next((own for own in owned if own.is_dir()), places[0])
    data = base / "data_dirs"
    # At first the folders lay in `vlmhyperbench/` itself.
    data = base if (base / "Datasets").is_dir() and not data.is_dir() else data
    dirs = {key: data / name for key, name in _NAMES.items()}
    note = f"folders of {shown(base, cwd)}, as there is no {NAME}"
    return _folders(dirs, base / "vlm_base.csv", note, hint)


def _told(config: Path, base: Path, name: str) -> Folders:
    """Relative paths start where VLMHyperBench is started: in the folder above its own."""
    told = read_told(config, name)
    usual = {key: f"{OWN}/data_dirs/{folder}" for key, folder in _NAMES.items()}
    written = {**usual, VLM_BASE: f"{OWN}/vlm_base.csv", **told.paths}
    paths = {key: base / path for key, path in written.items()}
    unused = f"; of it, not used: {', '.join(told.unused)}" if told.unused else ""
    return _folders(paths, paths[VLM_BASE], f"folders as {name} says{unused}")


def _folders(dirs: Mapping[str, Path], vlm_base: Path, note: str, hint: str = "") -> Folders:
    return Folders(
        datasets=dirs["datasets"],
        answers=dirs["model_answers"],
        metrics=dirs["model_metrics"],
        prompts=dirs["prompt_collections"],
        system_prompts=dirs["system_prompts"],
        vlm_base=vlm_base,
        note=note,
        hint=hint,
    )


def inside(folder: Path, written: str, *, is_file: bool) -> Path:
    """The file or folder that `written` means below `folder`.

    Raises:
        NotThere: there is none, or the path leads out of `folder`.
    """
    kind = "file" if is_file else "folder"
    relative = PurePath(written)
    if relative.is_absolute() or ".." in relative.parts:
        raise NotThere(f"a {kind} in {folder}")
    path = folder / relative
    try:
        if path.is_file() if is_file else path.is_dir():
            return path
        known = sorted(
            entry.name
            for entry in path.parent.glob("*")
            if (entry.is_file() if is_file else entry.is_dir()) and not entry.name.startswith(".")
        )
    except (OSError, ValueError):
        known = []
    more = ", ..." if len(known) > MAX_LISTED else ""
    listed = f" (there: {', '.join(known[:MAX_LISTED])}{more})" if known else ""
    raise NotThere(f"a {kind} in {path.parent}{listed}{did_you_mean(path.name, known)}")
