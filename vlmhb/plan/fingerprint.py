"""Everything that may change an answer, by name, so that a run is never continued as another."""

from collections.abc import Mapping, Sequence

from vlmhb.domain.digest import Json, sha256_of
from vlmhb.domain.model import ModelSpec
from vlmhb.domain.run import LoadedTask, RunConfig
from vlmhb.domain.task import Task


def run_fingerprint(
    config: RunConfig, tasks: Sequence[LoadedTask], lock_digests: Mapping[str, str]
) -> dict[str, str]:
    """Field name -> digest of its content, for every answer-affecting field of a run.

    `lock_digests` maps an envspec's name to the sha256 of its lock.
    """
    fields: dict[str, Json] = {"limit": config.limit, "seed": config.seed}
    fields["models"] = [model.name for model in config.models]
    fields["tasks"] = [loaded.task.name for loaded in tasks]
    for model in config.models:
        fields |= _model_fields(model, lock_digests.get(model.env, ""))
    for loaded in tasks:
        fields |= _task_fields(loaded.task, loaded.dataset_sha256)
    return {name: sha256_of(content) for name, content in sorted(fields.items())}


def _model_fields(model: ModelSpec, lock_sha256: str) -> dict[str, Json]:
    prefix = f"models.{model.name}"
    return {
        f"{prefix}.backend": model.backend,
        f"{prefix}.params": dict(model.params),
        f"{prefix}.answers": model.answers.value,
        f"{prefix}.env": {"name": model.env, "lock_sha256": lock_sha256},
    }


def _task_fields(task: Task, dataset_sha256: str) -> dict[str, Json]:
    prefix = f"tasks.{task.name}"
    generation = task.generation
    return {
        f"{prefix}.dataset": {"name": task.dataset.name, "sha256": dataset_sha256},
        f"{prefix}.prompt": [task.system_prompt, task.prompt],
        f"{prefix}.generation": [
            generation.max_new_tokens,
            generation.temperature,
            generation.top_p,
            generation.seed,
            list(generation.stop),
        ],
    }
