"""Which model file of vlmhb is meant by a model of VLMHyperBench."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from vlmhb.config.backends import BACKENDS
from vlmhb.config.legacy.vlm_base import KnownModel
from vlmhb.config.library import Kind, Library, shown_here
from vlmhb.config.source import read_source
from vlmhb.domain.secret_text import without_user
from vlmhb.errors import ConfigError

ENGINES = ("vllm", "sglang", "openai_api")
"""Backends that stand for a framework of their own."""


class NoModelFile(Exception):  # noqa: N818 - it becomes one line of a ConfigError
    """No model file is meant, or more than one; the text follows `expected`."""


@dataclass(frozen=True, slots=True)
class _File:
    path: Path
    repo: str
    backend: str
    """By its short name."""


class ModelFiles:
    """The model files of a library, read when they are needed."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._files: tuple[_File, ...] | None = None

    def find(self, framework: str, model_name: str) -> Path:
        """The file that is called like the model, or whose weights are `.../model_name`.

        Of several with the same weights, the one for the framework: an engine such as vLLM, or
        none.

        Raises:
            NoModelFile: there is none, or more than one.
        """
        named = [
            name
            for name in self._library.names(Kind.MODEL)
            if name.casefold() == model_name.casefold()
        ]
        if named:
            best = model_name if model_name in named else named[0]
            return self._library.find(Kind.MODEL, best)
        return self._by_weights(framework, model_name)

    def _by_weights(self, framework: str, model_name: str) -> Path:
        if self._files is None:
            self._files = tuple(self._read())
        ending = f"/{model_name}".casefold()
        same = [file for file in self._files if file.repo.casefold().endswith(ending)]
        engine = re.sub(r"[^a-z]", "", framework.casefold())
        wanted = {name for name in ENGINES if name.replace("_", "") == engine}
        fitting = [
            file
            for file in same
            if (file.backend in wanted if wanted else file.backend not in ENGINES)
        ]
        if len(fitting) == 1:
            return fitting[0].path
        if fitting:
            listed = ", ".join(file.path.stem for file in fitting)
            raise NoModelFile(f"one model file for it, not {listed}; call yours {model_name}.yaml")
        other = f" for {framework}" if same else ""
        raise NoModelFile(
            f"a model file{other}: configs/models/{model_name}.yaml, or one whose weights are "
            f"ORG/{model_name}"
        )

    def _read(self) -> Iterator[_File]:
        for name in self._library.names(Kind.MODEL):
            path = self._library.find(Kind.MODEL, name)
            try:
                values = read_source(path, shown_here(path)).values
            except ConfigError:
                continue  # a broken file that nobody named
            weights = values.get("weights")
            repo = weights.get("repo") if isinstance(weights, dict) else None
            backend = str(values.get("backend", ""))
            short = next((key for key, full in BACKENDS.items() if full == backend), backend)
            yield _File(path, str(repo or ""), short)


def skeletons(models: Sequence[KnownModel]) -> str:
    """A model file and an envspec for each wrapper of VLMHyperBench, to be completed."""
    made = (_skeleton(model) for model in models)
    return "write a model file; for VLMHyperBench's own wrapper begin with\n\n" + "\n".join(made)


def _skeleton(model: KnownModel) -> str:
    env = re.sub(r"[^a-z0-9.]+", "-", model.model_family.lower()).strip("-.") or "wrapper"
    package = re.sub(r"[-_.]+", "-", model.python_package).lower()
    url, at, tag = model.git_python_package.rpartition("@")
    source = f"{url}@<commit of {tag}>" if at else (model.git_python_package or "git+https://...@")
    source = without_user(source)
    return f"""\
configs/models/{model.model_name}.yaml:
    backend: model_interface
    env: {env}
    answers: reply
    weights: {{repo: <organisation>/{model.model_name}}}
    params:
      class_path: {model.class_path}
      model_family: {model.model_family}
      model_name: {model.model_name}
envspecs/{env}/envspec.yaml:
    python: ">=3.10"
    requirements: [hatchling]  # and what the wrapper imports: torch, transformers, ...
    no_deps: ["{package} @ {source}"]
    build: {{{package}: there is no wheel of it}}
    imports: [{model.python_package}]
then: vlmhb env lock {env}
"""
