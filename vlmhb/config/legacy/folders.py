"""Where VLMHyperBench keeps its files."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

from vlmhb.config.issues import did_you_mean
from vlmhb.config.library import shown
from vlmhb.errors import ConfigError

OWN = "vlmhyperbench"
CONFIG = f"{OWN}/system_dirs/cfg/VLMHyperBench_config.json"
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


def folders_of(user_config: Path, cwd: Path) -> Folders:
    """The folders that belong to a user_config.csv.

    As VLMHyperBench_config.json says, which is looked for below the file's folder and those above
    it. Without one, in `vlmhyperbench/` beside the file, or else beside the file itself.

    Raises:
        ConfigError: naming everything that is wrong with VLMHyperBench_config.json.
    """
    folder = user_config.absolute().parent
    for place in (folder, *folder.parents):
        if (place / CONFIG).is_file():
            return _told(place / CONFIG, place, shown(place / CONFIG, cwd))
    beside = folder / OWN
    return _usual(beside if beside.is_dir() else folder)


def _usual(base: Path) -> Folders:
    dirs = {key: base / "data_dirs" / name for key, name in _NAMES.items()}
    return _folders(dirs, base / "vlm_base.csv")


def _told(config: Path, base: Path, name: str) -> Folders:
    """Relative paths start where VLMHyperBench is started: in the folder above its own."""
    value = _read(config, name)
    dirs = value.get("data_dirs", {})
    usual = {key: f"{OWN}/data_dirs/{folder}" for key, folder in _NAMES.items()}
    written = usual | {"vlm_base": f"{OWN}/vlm_base.csv"}
    issues = [] if isinstance(dirs, dict) else [f"{name} data_dirs: got {dirs!r}, expected folders"]
    told: dict[str, Any] = dict(dirs) if isinstance(dirs, dict) else {}
    told |= {"vlm_base": value["vlm_base"]} if "vlm_base" in value else {}
    for key in written.keys() & told.keys():
        if isinstance(told[key], str) and told[key] and "\0" not in told[key]:
            written[key] = told[key]
        else:
            issues.append(f"{name} {key}: got {told[key]!r}, expected a path")
    if issues:
        raise ConfigError(tuple(sorted(issues)))
    paths = {key: base / path for key, path in written.items()}
    return _folders(paths, paths["vlm_base"])


def _folders(dirs: Mapping[str, Path], vlm_base: Path) -> Folders:
    return Folders(
        datasets=dirs["datasets"],
        answers=dirs["model_answers"],
        metrics=dirs["model_metrics"],
        prompts=dirs["prompt_collections"],
        system_prompts=dirs["system_prompts"],
        vlm_base=vlm_base,
    )


def _read(config: Path, name: str) -> dict[str, Any]:
    try:
        value = json.loads(config.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise ConfigError((f"{name}: cannot be read: {error.strerror}",)) from error
    except (ValueError, RecursionError) as error:
        raise ConfigError((f"{name}: not JSON: {error}",)) from error
    if not isinstance(value, dict):
        raise ConfigError((f"{name}: got no object, expected VLMHyperBench's paths",))
    return value


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
