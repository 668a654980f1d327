"""Everything that may change an answer, by name, so that a run is never continued as another."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict

from vlmhb.domain.digest import Json, sha256_of
from vlmhb.domain.model import ModelSpec
from vlmhb.domain.run import LoadedTask, RunConfig


def run_fingerprint(
    config: RunConfig, tasks: Sequence[LoadedTask], env_digests: Mapping[str, str]
) -> dict[str, str]:
    """Field name -> digest of its content, for every answer-affecting field of a run.

    `env_digests` maps an envspec's name to the sha256 of what its env holds.
    """
    fields: dict[str, Json] = {"limit": config.limit, "seed": config.seed}
    fields["models"] = [model.name for model in config.models]
    fields["tasks"] = [loaded.task.name for loaded in tasks]
    for model in config.models:
        fields |= _model_fields(model, env_digests[model.env])
    for loaded in tasks:
        fields |= _task_fields(loaded)
    return {name: sha256_of(content) for name, content in sorted(fields.items())}


def _model_fields(model: ModelSpec, env_sha256: str) -> dict[str, Json]:
    prefix = f"models.{model.name}"
    return {
        f"{prefix}.backend": model.backend,
        f"{prefix}.params": dict(model.params),
        f"{prefix}.weights": None if model.weights is None else asdict(model.weights),
        f"{prefix}.trust_remote_code": model.trust_remote_code,
        f"{prefix}.answers": model.answers.value,
        f"{prefix}.env": env_sha256,
    }


def _task_fields(loaded: LoadedTask) -> dict[str, Json]:
    task = loaded.task
    prefix = f"tasks.{task.name}"
    # Targets do not count: a truth that was corrected is scored again, not asked again.
    asked: list[Json] = [
        [sample.id, sample.question, [page.sha256 for page in sample.pages]]
        for sample in loaded.samples
    ]
    return {
        f"{prefix}.dataset": asked,
        f"{prefix}.prompt": [task.system_prompt, task.prompt],
        f"{prefix}.generation": asdict(task.generation),
    }
