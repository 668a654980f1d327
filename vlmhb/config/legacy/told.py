"""VLMHyperBench_config.json: where VLMHyperBench is told to keep its files."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vlmhb.config.issues import did_you_mean
from vlmhb.config.prompt_collection import read_text
from vlmhb.errors import ConfigError

PATHS = ("datasets", "model_answers", "model_metrics", "prompt_collections", "system_prompts")
"""The keys below `data_dirs` that count."""
VLM_BASE = "vlm_base"
"""At first below `data_dirs`, too."""

_UNUSED = (
    "user_config",
    "system_dirs",
    "eval_docker_img",
    "vlm_run_packages",
    "eval_run_packages",
    "benchmark_run_cfg",
    "vlmhyperbench_cfg",
)
_KNOWN = {"": (VLM_BASE, "data_dirs", *_UNUSED), "data_dirs": (*PATHS, VLM_BASE, "reports")}


@dataclass(frozen=True, slots=True)
class Told:
    """What the file says."""

    paths: Mapping[str, str]
    """Key -> path, as written."""
    unused: tuple[str, ...]
    """Its keys that change nothing here."""


def read_told(config: Path, shown: str) -> Told:
    """What counts of the file.

    Raises:
        ConfigError: naming everything that is wrong with it.
    """
    file = _File(shown, read_text(config, shown))
    value = file.value()
    dirs = value.get("data_dirs", {})
    if not isinstance(dirs, dict):
        file.problem("", "data_dirs", f"got {dirs!r}, expected folders")
        dirs = {}
    unused = (*file.unused("", value), *file.unused("data_dirs", dirs))
    paths: dict[str, str] = {}
    for within, mapping in (("data_dirs", dirs), ("", value)):
        for key in (*PATHS, VLM_BASE) if within else (VLM_BASE,):
            if key in mapping:
                file.path(within, key, mapping[key], paths)
    file.raise_if_any()
    return Told(paths, unused)


@dataclass(slots=True)
class _File:
    shown: str
    text: str
    issues: list[tuple[tuple[int, int], str]] = field(default_factory=list)
    """With their places."""

    def value(self) -> dict[str, Any]:
        """The object in it."""
        try:
            value = json.loads(self.text)
        except json.JSONDecodeError as error:
            place = f"{self.shown}:{error.lineno}:{error.colno}"
            raise ConfigError((f"{place} not JSON: {error.msg}",)) from error
        except (ValueError, RecursionError) as error:
            raise ConfigError((f"{self.shown}: not JSON: {error}",)) from error
        if not isinstance(value, dict):
            raise ConfigError((f"{self.shown}:1:1 got no object, expected VLMHyperBench's paths",))
        return value

    def unused(self, within: str, mapping: Mapping[str, Any]) -> Iterator[str]:
        """The keys that change nothing; one that seems misspelt is a problem."""
        known = _KNOWN[within]
        for key in mapping:
            hint = did_you_mean(key, [name for name in known if name not in mapping])
            if key not in known and hint:
                self.problem(within, key, f"got an unknown key{hint}")
            elif key not in (*PATHS, VLM_BASE, "data_dirs"):
                yield key

    def path(self, within: str, key: str, value: object, paths: dict[str, str]) -> None:
        """Puts a path among the others, or notes that it is none."""
        if isinstance(value, str) and value and "\0" not in value:
            paths[key] = value
        else:
            self.problem(within, key, f"got {value!r}, expected a path")

    def problem(self, within: str, key: str, text: str) -> None:
        """Notes it with the place of the key."""
        written = json.dumps(key, ensure_ascii=False)
        found = re.search(rf"{re.escape(written)}\s*:", self.text)
        at = found.start() if found else 0
        line, column = self.text.count("\n", 0, at) + 1, at - self.text.rfind("\n", 0, at)
        dotted = f"{within}.{key}" if within else key
        place = f"{self.shown}:{line}:{column}"
        self.issues.append(((line, column), f"{place} {dotted}: {text}"))

    def raise_if_any(self) -> None:
        """Tells all problems at once, in the order of the file."""
        if self.issues:
            raise ConfigError(tuple(text for _, text in sorted(self.issues)))
