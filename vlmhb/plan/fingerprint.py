"""Everything that may change an answer, by name, so that a run is never continued as another."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict

from vlmhb.domain.digest import Json, sha256_of
from vlmhb.domain.model import IMPORTED, ModelSpec
from vlmhb.domain.prompt import Prompt
from vlmhb.domain.run import LoadedTask, RunConfig
from vlmhb.plan.prompts import Prompts, sets_for


def run_fingerprint(
    config: RunConfig, tasks: Sequence[LoadedTask], env_digests: Mapping[str, str]
) -> dict[str, str]:
    """Field name -> digest of its content, for every answer-affecting field of a run.

    `env_digests` maps an envspec's name to the sha256 of what its env holds. Prompts count as they
    are sent, so a template may be written in another way.

    Raises:
        ConfigError: a sample has no prompt.
    """
    prompts = Prompts()
    fields: dict[str, Json] = {"limit": config.limit, "seed": config.seed}
    if config.shard is not None:
        # Two shards without samples would be alike otherwise.
        fields["shard"] = str(config.shard)
    fields["models"] = [model.name for model in config.models]
    fields["tasks"] = [loaded.task.name for loaded in tasks]
    for model in config.models:
        env = "" if model.backend == IMPORTED else env_digests[model.env]
        fields |= _model_fields(model, env)
        fields |= _model_prompts(model, tasks, prompts)
    for loaded in tasks:
        fields |= _task_fields(loaded)
        fields |= _task_prompts(loaded, config.models, prompts)
    prompts.raise_if_wrong()
    return {name: sha256_of(content) for name, content in sorted(fields.items())}


def _model_fields(model: ModelSpec, env_sha256: str) -> dict[str, Json]:
    prefix = f"models.{model.name}"
    fields: dict[str, Json] = {
        f"{prefix}.backend": model.backend,
        f"{prefix}.params": dict(model.params),
        f"{prefix}.weights": None if model.weights is None else asdict(model.weights),
        f"{prefix}.trust_remote_code": model.trust_remote_code,
        f"{prefix}.answers": model.answers.value,
        f"{prefix}.env": env_sha256,
    }
    return fields | ({f"{prefix}.tasks": sorted(model.tasks)} if model.tasks else {})


def _task_fields(loaded: LoadedTask) -> dict[str, Json]:
    task = loaded.task
    prefix = f"tasks.{task.name}"
    # Targets do not count: a truth that was corrected is scored again, not asked again. Nor do
    # questions: they do where a prompt holds them.
    asked: list[Json] = [
        [sample.id, [page.sha256 for page in sample.pages]] for sample in loaded.samples
    ]
    return {
        f"{prefix}.dataset": asked,
        f"{prefix}.generation": asdict(task.generation),
    }


def _model_prompts(
    model: ModelSpec, tasks: Sequence[LoadedTask], prompts: Prompts
) -> dict[str, Json]:
    """Only for a model that is asked with a set of its own."""
    own = {
        loaded.task.name: _texts(prompts.of(model, loaded))
        for loaded in tasks
        if sets_for(model, loaded.task) not in ((), (loaded.task.prompts,))
    }
    return {f"models.{model.name}.prompts": own} if own else {}


def _task_prompts(
    loaded: LoadedTask, models: Sequence[ModelSpec], prompts: Prompts
) -> dict[str, Json]:
    """Only when some model is asked with the task's own set."""
    for model in models:
        if sets_for(model, loaded.task) == (loaded.task.prompts,):
            return {f"tasks.{loaded.task.name}.prompt": _texts(prompts.of(model, loaded))}
    return {}


def _texts(prompts: Sequence[Prompt]) -> Json:
    return [
        [prompt.system_prompt, prompt.prompt, *([True] if prompt.page_marks else [])]
        for prompt in prompts
    ]
