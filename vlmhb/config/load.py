"""Names and paths -> checked values, read with everything they name."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeAlias, TypeVar

from vlmhb.config.env_reference import (
    Device,
    choose_for_device,
    choose_variant,
    split_reference,
)
from vlmhb.config.envspec_file import read_envspec
from vlmhb.config.issues import did_you_mean
from vlmhb.config.library import Kind, Library, UnknownName, shown
from vlmhb.config.model_file import read_model
from vlmhb.config.overrides import NO_OVERRIDES, Overrides, most_of
from vlmhb.config.prompt_file import named_prompts, read_prompts
from vlmhb.config.run_file import PromptRule, chosen_sets, read_run
from vlmhb.config.task_file import read_task
from vlmhb.domain.envspec import EnvSpec
from vlmhb.domain.gpu_choice import ALL_GPUS, GpuChoice
from vlmhb.domain.model import ModelSpec
from vlmhb.domain.prompt import PromptSet
from vlmhb.domain.run import RunConfig
from vlmhb.domain.sandbox import SandboxChoice
from vlmhb.domain.task import Task
from vlmhb.errors import ConfigError, UsageError
from vlmhb.system.gpus import list_gpus

_Value = TypeVar("_Value", ModelSpec, Task, PromptSet, tuple[EnvSpec, ...])
_Reader: TypeAlias = Callable[[Path, str, Library], _Value]


def load_run(
    source: str, overrides: Overrides = NO_OVERRIDES, cwd: Path | None = None
) -> RunConfig:
    """The run file of this name or path, with every name in it resolved.

    A file that ends in `.csv` is VLMHyperBench's user_config.csv.

    Raises:
        ConfigError: naming every problem of every file that takes part.
    """
    cwd = cwd or Path.cwd()
    if Path(source).suffix.lower() == ".csv":
        refuse_settings(overrides, "user_config.csv")
        refuse_shard(overrides)
        # It reads models through this module.
        from vlmhb.config.legacy import legacy_run  # noqa: PLC0415

        return legacy_run(source, overrides, cwd)
    path = _locate(Kind.RUN, source, Library.standard(cwd), cwd)
    library = Library.standard(cwd).around(path)
    file = read_run(
        path,
        shown(path, cwd),
        library,
        overrides.settings,
        only_new="settings" in overrides.weak,
    )
    overrides = overrides.below(file.model_fields_set)
    gpus = overrides.gpus or file.gpus
    found = _Found(library, cwd, overrides.device, without_gpu=gpus.is_none)
    model_files = found.chosen(Kind.MODEL, file.models, overrides.models, path.parent)
    task_files = found.chosen(Kind.TASK, file.tasks, overrides.tasks, path.parent)
    models = found.read(model_files, read_model)
    tasks = found.read(task_files, read_task)
    specs = found.envspecs(models)
    sets = found.prompt_sets(file.prompts, path.parent)
    found.raise_if_wrong()
    return RunConfig(
        name=path.stem,
        source=source,
        # From here on a model names its env with the variant that was chosen.
        models=tuple(
            replace(
                model,
                env=specs[path].name,
                prompts={
                    **model.prompts,
                    **chosen_sets(sets, model.name, [task.name for _, task in tasks]),
                },
            )
            for path, model in models
        ),
        tasks=tuple(task for _, task in tasks),
        envspecs={spec.name: spec for spec in sorted(specs.values(), key=lambda spec: spec.name)},
        max_workers=overrides.max_workers or file.max_workers,
        limit=overrides.limit or file.limit,
        seed=file.seed,
        filters=file.filter if overrides.filters is None else overrides.filters,
        price_per_hour=file.price_per_hour,
        max_errors=overrides.max_errors or file.max_errors,
        sandbox=overrides.sandbox_over(SandboxChoice(most_of(file.sandbox), file.require_sandbox)),
        shard=overrides.shard or file.shard,
        gpus=gpus,
        prefetch=file.prefetch if overrides.prefetch is None else overrides.prefetch,
    )


def refuse_settings(overrides: Overrides, what: str) -> None:
    """Do nothing where there are none.

    Raises:
        UsageError: `--set` has no run file to change.
    """
    if overrides.settings and "settings" not in overrides.weak:
        raise UsageError(
            "cannot use --set",
            f"{what} has no keys to set",
            expected="a run file in YAML",
            next_step="leave out --set",
        )


def refuse_shard(overrides: Overrides) -> None:
    """Do nothing where there is none.

    Raises:
        UsageError: every shard would leave VLMHyperBench a file with some of the answers.
    """
    if overrides.shard is not None and "shard" not in overrides.weak:
        raise UsageError(
            "cannot use --shard",
            "user_config.csv has its answers written for VLMHyperBench, all at once",
            expected="a run file in YAML",
            next_step="leave out --shard; or write a run file, merge its shards, and "
            "`vlmhb export --format vhb` writes those files",
        )


def load_models(
    names: Sequence[str],
    device: Device = Device.AUTO,
    cwd: Path | None = None,
    gpus: GpuChoice = ALL_GPUS,
) -> tuple[tuple[ModelSpec, ...], dict[str, EnvSpec]]:
    """The models of these names or paths, and by its name the env that each of them names now.

    Raises:
        ConfigError: naming every problem of every file that takes part.
    """
    cwd = cwd or Path.cwd()
    found = _Found(Library.standard(cwd), cwd, device, without_gpu=gpus.is_none)
    models = found.read(found.chosen(Kind.MODEL, (), names, cwd), read_model)
    specs = found.envspecs(models)
    found.raise_if_wrong()
    return (
        tuple(replace(model, env=specs[path].name) for path, model in models),
        {spec.name: spec for spec in sorted(specs.values(), key=lambda spec: spec.name)},
    )


def load_model(name: str, cwd: Path | None = None) -> ModelSpec:
    """The model of this name or path.

    Raises:
        ConfigError: there is none, or its file is wrong.
    """
    return _load(Kind.MODEL, name, cwd or Path.cwd(), read_model)


def load_model_and_env(
    name: str, driver: str | None = None, cwd: Path | None = None
) -> tuple[ModelSpec, EnvSpec]:
    """The model of this name or path, and the env that a run of it would use on this machine.

    `driver` is the machine's, and empty without a GPU; the machine is asked when it is None. The
    model then names its env with the variant that was chosen.

    Raises:
        ConfigError: there is none, or its file or that of its env is wrong.
    """
    cwd = cwd or Path.cwd()
    library = Library.standard(cwd)
    path = _locate(Kind.MODEL, name, library, cwd)
    around = library.around(path)
    model = read_model(path, shown(path, cwd), around)
    env, variant = split_reference(model.env)
    file = around.find(Kind.ENVSPEC, env)
    specs = read_envspec(file, shown(file, cwd), around)
    if driver is None:
        spec = _choose(specs, variant, model.env)
    else:
        spec = choose_variant(specs, variant, driver, model.env)
    return replace(model, env=spec.name), spec


def load_task(name: str, cwd: Path | None = None) -> Task:
    """The task of this name or path.

    Raises:
        ConfigError: there is none, or its file is wrong.
    """
    return _load(Kind.TASK, name, cwd or Path.cwd(), read_task)


def load_prompts(name: str, cwd: Path | None = None) -> PromptSet:
    """The prompt set of this name or path.

    Raises:
        ConfigError: there is none, or its file is wrong.
    """
    return _load(Kind.PROMPT, name, cwd or Path.cwd(), read_prompts)


def load_envspec(reference: str, cwd: Path | None = None) -> EnvSpec:
    """The envspec of this NAME, NAME@VARIANT or path; without a variant the one for this machine.

    Raises:
        ConfigError: there is none, or its file is wrong.
    """
    _, variant = split_reference(reference)
    return _choose(load_variants(reference, cwd), variant, reference)


def load_variants(reference: str, cwd: Path | None = None) -> tuple[EnvSpec, ...]:
    """The envspec of this name or path for each of its variants, or for the one that is named.

    Raises:
        ConfigError: there is none, or its file is wrong.
    """
    name, variant = split_reference(reference)
    specs = _load(Kind.ENVSPEC, name, cwd or Path.cwd(), read_envspec)
    return (choose_variant(specs, variant, "", reference),) if variant else specs


def _load(kind: Kind, name: str, cwd: Path, reader: _Reader[_Value]) -> _Value:
    library = Library.standard(cwd)
    path = _locate(kind, name, library, cwd)
    return reader(path, shown(path, cwd), library.around(path))


def _locate(kind: Kind, written: str, library: Library, base: Path) -> Path:
    try:
        return library.resolve(kind, written, base)
    except UnknownName as error:
        names = "run-files" if kind is Kind.RUN else f"{kind.value}s"
        raise ConfigError(
            (f"{kind.value}: got {written!r}, expected {error}",),
            next_step=f"vlmhb list {names}",
        ) from error


def _choose(
    specs: Sequence[EnvSpec],
    variant: str,
    asker: str,
    device: Device = Device.AUTO,
    *,
    without_gpu: bool = False,
) -> EnvSpec:
    if without_gpu and device is Device.CUDA:
        raise ConfigError(("gpus: got 0 with --device cuda, expected a GPU",))
    gpus, driver = ((), "") if without_gpu else list_gpus()
    return choose_for_device(specs, variant, driver if gpus else "", device, asker)


@dataclass(slots=True)
class _Found:
    """What a run names, as far as it can be read, and everything that is wrong with it."""

    library: Library
    cwd: Path
    device: Device = Device.AUTO
    issues: list[str] = field(default_factory=list)
    without_gpu: bool = False
    """The run is to use none, whatever the machine has."""

    def chosen(
        self, kind: Kind, in_file: Sequence[str], overriding: Sequence[str] | None, base: Path
    ) -> list[Path]:
        """The files of the models or tasks to run, each name once."""
        by_name: dict[str, Path] = {}
        for written in in_file:
            path = self.library.resolve(kind, written, base)
            if by_name.setdefault(path.stem, path) != path:
                self.issues.append(
                    f"{kind.value}s: got two files with the name {path.stem!r}:"
                    f" {by_name[path.stem]} and {path}"
                )
        if overriding is None:
            return list(by_name.values())
        paths = [self._overriding(kind, written, by_name) for written in overriding]
        return list(dict.fromkeys(path for path in paths if path))

    def read(self, paths: Sequence[Path], reader: _Reader[_Value]) -> list[tuple[Path, _Value]]:
        """The files that can be read; the problems of the others are noted."""
        values = []
        for path in paths:
            try:
                value = reader(path, shown(path, self.cwd), self.library.around(path))
            except ConfigError as error:
                self.issues.extend(error.issues)
            else:
                values.append((path, value))
        return values

    def envspecs(self, models: Sequence[tuple[Path, ModelSpec]]) -> dict[Path, EnvSpec]:
        """By the file of a model, the envspec it names; those that cannot be read are left out."""
        chosen: dict[Path, EnvSpec] = {}
        read: dict[Path, tuple[EnvSpec, ...]] = {}
        folders: dict[str, str] = {}
        for path, model in models:
            name, variant = split_reference(model.env)
            file = self.library.around(path).find(Kind.ENVSPEC, name)
            if file not in read:
                read[file] = next((specs for _, specs in self.read([file], read_envspec)), ())
            if not read[file]:
                continue
            try:
                asker = f"{shown(path, self.cwd)} env"
                spec = _choose(
                    read[file], variant, asker, self.device, without_gpu=self.without_gpu
                )
            except ConfigError as error:
                self.issues.extend(error.issues)
                continue
            if folders.setdefault(spec.name, spec.folder) != spec.folder:
                self.issues.append(
                    f"{shown(path, self.cwd)}: env {model.env!r} is in {spec.folder}, but another"
                    f" model of this run means the one in {folders[spec.name]}"
                )
            chosen[path] = spec
        return chosen

    def prompt_sets(
        self, rules: Sequence[PromptRule], base: Path
    ) -> list[tuple[PromptRule, PromptSet]]:
        """The sets a run file names, with the models and tasks it names them for."""
        read = []
        for rule in rules:
            try:
                read.append((rule, named_prompts(rule.set, self.library, base)))
            except ConfigError as error:
                self.issues.extend(error.issues)
        return read

    def raise_if_wrong(self) -> None:
        """Do nothing when all is well."""
        if self.issues:
            raise ConfigError(tuple(self.issues))

    def _overriding(self, kind: Kind, written: str, in_file: dict[str, Path]) -> Path | None:
        if written in in_file:
            return in_file[written]
        try:
            return self.library.resolve(kind, written, self.cwd)
        except UnknownName as error:
            hint = did_you_mean(written, in_file)
            text = str(error) if not hint or "did you mean" in str(error) else f"{error}{hint}"
            self.issues.append(f"--{kind.value}s: got {written!r}, expected {text}")
            return None
