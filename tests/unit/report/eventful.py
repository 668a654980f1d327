"""The sample run with more happening in it: own groups, reduced answers, decisions."""

from dataclasses import replace
from pathlib import Path

from tests.unit.report.sample_results import (
    PROVENANCE,
    TASKS,
    fingerprint_of,
    sample_results,
    summary_of,
)
from vlmhb.domain.answer import Answer, Outcome
from vlmhb.domain.decision import Decided, Decision
from vlmhb.domain.digest import Json
from vlmhb.domain.results import Results
from vlmhb.domain.run import LoadedTask
from vlmhb.domain.score import MetricSummary

REGION = "region"
REDUCED = "batch_size 8 -> 2"


def eventful_results(folder: Path) -> Results:
    """The second task is grouped by region, too; every third answer of a model was reduced."""
    base = sample_results(folder)
    fields = TASKS[1]
    samples = tuple(
        replace(sample, metadata={REGION: ("north", "south")[place % 2]})
        for place, sample in enumerate(base.tasks[1].samples)
    )
    task = replace(fields, group_by=((REGION,),))
    made = replace(
        base,
        tasks=(base.tasks[0], LoadedTask(task, samples, "34" * 32)),
        outcomes=_reduced(base),
        decisions=(
            Decision("reader-vl-3b", Decided.CHOSEN, "reads every field"),
            Decision("rapidocr-3.10", Decided.REJECTED),
        ),
        provenance={**PROVENANCE, "models": _models()},
    )
    return replace(made, summaries=(*base.summaries, *_by_region(made)))


def _reduced(base: Results) -> dict[str, Outcome]:
    """With every third answer of the chatty model reduced."""
    outcomes = dict(base.outcomes)
    for place, request in enumerate(base.plan.requests["chatty-vl-7b"]):
        outcome = outcomes.get(request.id)
        if isinstance(outcome, Answer) and place % 3 == 0:
            outcomes[request.id] = replace(outcome, degraded=(REDUCED,))
    return outcomes


def _models() -> Json:
    """As assemble.py writes them."""
    envs = {
        "tesseract-psm4": ["tesserocr"],
        "rapidocr-3.10": ["rapidocr"],
        "reader-vl-3b": ["transformers-4.37"],
        "chatty-vl-7b": ["transformers-4.37", "lent"],
        "tiny-random-llava": ["transformers-4.37"],
    }
    machine: Json = {"cpu": "x86_64", "cores": 2, "memory_gib": 7.6, "gpus": [], "driver": ""}
    return {
        model: {
            "env": used[0],
            "envs": [fingerprint_of(env) for env in used],
            "facts": [{"device": "cpu", "dtype": "bfloat16" if "7b" in model else "float32"}],
            "weights": [{"source": f"Org/{model}", "commit": fingerprint_of(model)[:40]}],
            "machines": [machine],
            "sandbox_level": [0],
        }
        for model, used in envs.items()
    }


def _by_region(results: Results) -> list[MetricSummary]:
    samples = {sample.id: sample for sample in results.tasks[1].samples}
    return [
        summary_of(
            (model.name, "fields", metric, f"by_{REGION}", (region,)),
            scores,
            {samples[score.sample_id].document for score in scores},
        )
        for model in results.models
        for metric in ("anls", "field_found")
        for region in ("north", "south")
        for scores in [
            [
                score
                for score in results.scores
                if (score.model, score.task, score.metric) == (model.name, "fields", metric)
                and samples[score.sample_id].metadata[REGION] == region
            ]
        ]
        if scores
    ]
