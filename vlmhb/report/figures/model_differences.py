"""What differs between the models of a run besides their answers, and so may explain these."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from vlmhb.domain.answer import Outcome
from vlmhb.domain.digest import Json
from vlmhb.domain.model import IMPORTED, ModelSpec
from vlmhb.domain.results import Results
from vlmhb.report.figures.differences import DifferingSection, sections
from vlmhb.report.figures.provenance import EnvCard, model_envs

PACKAGES = "packages"


@dataclass(frozen=True, slots=True)
class ModelDifferences:
    """The models that were run here, side by side."""

    models: tuple[str, ...]
    """Those with an outcome, in the order of the run file."""
    sections: tuple[DifferingSection, ...]
    """A value per model in each row."""
    same: tuple[str, ...]
    """Titles of the sections in which nothing differs."""
    unknown: tuple[str, ...]
    """Models of which nobody can say how they were run: their answers were imported."""


def model_differences(results: Results) -> ModelDifferences:
    """Everything that the run folder tells about how the models were run."""
    ran = [model for model in results.models if _outcomes(model, results)]
    known = [model for model in ran if model.backend != IMPORTED]
    columns = [_column(model, results) for model in known]
    found = sections(columns) if len(known) > 1 else ()
    differ = {section.title for section in found}
    told = dict.fromkeys(title for column in columns for title, value in column.items() if value)
    return ModelDifferences(
        models=tuple(model.name for model in known),
        sections=found,
        same=tuple(title for title in told if title not in differ),
        unknown=tuple(model.name for model in ran if model.backend == IMPORTED),
    )


def _outcomes(model: ModelSpec, results: Results) -> list[Outcome]:
    requests = results.plan.requests.get(model.name, ())
    found = (results.outcomes.get(request.id) for request in requests)
    return [outcome for outcome in found if outcome]


def _column(model: ModelSpec, results: Results) -> dict[str, Json]:
    """By section, most suspect first."""
    told = _told(model.name, results)
    envs = [used.env for used in model_envs(results) if used.model == model.name]
    return {
        "weights": told.get("weights") or _asked_weights(model),
        "model": {
            "backend": model.backend,
            "answers": model.answers.value,
            "params": dict(model.params),
            "code that comes with the weights": model.trust_remote_code,
        },
        "prompts": _prompts(model, results),
        "generation": _generation(model, results),
        "env": _env(envs),
        "as loaded": told.get("facts") or {},
        "machine": told.get("machines") or {},
        "isolation": {"sandbox level": level} if (level := told.get("sandbox_level")) else {},
        PACKAGES: _packages(envs),
    }


def _told(model: str, results: Results) -> Mapping[str, Json]:
    models = results.provenance.get("models")
    told = models.get(model) if isinstance(models, Mapping) else None
    return told if isinstance(told, Mapping) else {}


def _asked_weights(model: ModelSpec) -> Json:
    """Of a model that no worker has told about."""
    weights = model.weights
    return {} if weights is None else {"source": weights.repo, "revision": weights.revision}


def _prompts(model: ModelSpec, results: Results) -> dict[str, Json]:
    """By task: the rules that gave the prompts of the model's requests, and the first of them."""
    first = {request.id: request for request in results.plan.requests.get(model.name, ())}
    found: dict[str, Json] = {}
    for evaluation in results.plan.evaluations:
        if evaluation.model == model.name:
            asked = [first[request_id] for _, request_id in evaluation.requests]
            found[evaluation.task] = {
                "from": list(dict.fromkeys(one.prompt_source for one in asked)),
                "first system prompt": asked[0].system_prompt or "none" if asked else "none",
                "first prompt": asked[0].prompt or "none" if asked else "none",
            }
    return found


def _generation(model: ModelSpec, results: Results) -> dict[str, Json]:
    settings = {request.id: request for request in results.plan.requests.get(model.name, ())}
    return {
        evaluation.task: asdict(settings[evaluation.requests[0][1]].generation)
        for evaluation in results.plan.evaluations
        if evaluation.model == model.name and evaluation.requests
    }


def _env(envs: Sequence[EnvCard]) -> dict[str, Json]:
    facts: dict[str, list[str]] = {}
    for env in envs:
        for about, value in (("envspec", env.name), *env.facts):
            facts.setdefault(about, []).append(value)
    return {about: ", ".join(dict.fromkeys(values)) for about, values in facts.items()}


def _packages(envs: Sequence[EnvCard]) -> dict[str, Json]:
    """Versions by name; several where the env changed between two starts."""
    found: dict[str, dict[str, None]] = {}
    for env in envs:
        for name, version in (*env.inherited, *env.packages):
            found.setdefault(name, {})[version] = None
    return {name: ", ".join(found[name]) for name in sorted(found)}
