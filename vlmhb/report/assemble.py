"""A run folder -> Results: the answers scored and everything that explains them."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from itertools import chain

from vlmhb.domain.decision import Decision
from vlmhb.domain.digest import Json
from vlmhb.domain.envspec import Env
from vlmhb.domain.model import ModelSpec
from vlmhb.domain.results import Results
from vlmhb.domain.run import LoadedTask
from vlmhb.domain.sandbox import Sandbox
from vlmhb.metrics import summarise
from vlmhb.metrics.chosen import with_metrics
from vlmhb.metrics.judge.judging import RULES_VERSION, Verdicts
from vlmhb.metrics.scoring import NOTHING_KNOWN, KnownResults
from vlmhb.plan import build_plan
from vlmhb.report.figures.merged_parts import part_facts
from vlmhb.report.figures.origins import Origin, machines_of, origins_of, weights_facts
from vlmhb.report.page.page_pictures import picture_in
from vlmhb.scoring import score_all
from vlmhb.store import RecordedRun, RunDir, RunManifest, read_run


def read_results(
    run_dir: RunDir, known_results: Callable[[], KnownResults] = lambda: NOTHING_KNOWN
) -> Results:
    """Score what the journal of `run_dir` holds.

    Needs neither dataset nor model, and gives the same Results for the same journal, whatever the
    order of its lines and however often the run was stopped. What `known_results` returns, which is
    asked once the journal is read, is taken from there.
    """
    recorded = read_run(run_dir)
    manifest, outcomes, scoring = recorded.manifest, recorded.outcomes, recorded.scoring
    tasks = with_metrics(recorded.tasks, scoring.metrics)
    plan = build_plan(manifest.models, tasks)
    verdicts = Verdicts(scoring.judge, recorded.verdicts)
    scores = score_all(plan, tasks, outcomes, verdicts, known_results())
    origins = origins_of(manifest, plan, outcomes)
    return Results(
        name=manifest.name,
        models=manifest.models,
        unavailable=manifest.unavailable,
        tasks=tasks,
        plan=plan,
        outcomes=outcomes,
        scores=scores,
        summaries=summarise(scores, tasks, manifest.seed),
        thumbnails=_thumbnails(run_dir, tasks),
        provenance=_provenance(manifest, tasks, origins) | _judge(scoring.judge),
        unlocked=frozenset(name for name, origin in origins.items() if not origin.locked),
        named_metrics=_named_metrics(recorded.tasks) if scoring.metrics else {},
        decisions=_decisions(recorded),
        telemetry=recorded.telemetry,
        price_per_hour=manifest.price_per_hour,
    )


def _decisions(recorded: RecordedRun) -> tuple[Decision, ...]:
    models = {model.name for model in recorded.manifest.models}
    return tuple(decision for decision in recorded.decisions if decision.model in models)


def _named_metrics(tasks: tuple[LoadedTask, ...]) -> dict[str, frozenset[str]]:
    return {
        loaded.task.name: frozenset(chain.from_iterable(loaded.task.metrics.values()))
        for loaded in tasks
    }


def _sandbox(sandbox: Sandbox) -> dict[str, Json]:
    by_result: dict[str, list[Json]] = {"denied": [], "allowed": []}
    for probe, result in sandbox.probes.items():
        by_result[result].append(probe)
    return {
        "level": sandbox.level,
        "user": sandbox.user,
        "network": sandbox.network,
        "landlock": sandbox.landlock,
        **by_result,
    }


def _thumbnails(run_dir: RunDir, tasks: tuple[LoadedTask, ...]) -> dict[str, str]:
    pages = {page.sha256 for loaded in tasks for s in loaded.samples for page in s.pages}
    return {page: str(path) for page in sorted(pages) if (path := picture_in(run_dir, page))}


def _provenance(
    manifest: RunManifest, tasks: tuple[LoadedTask, ...], origins: Mapping[str, Origin]
) -> dict[str, Json]:
    envs = {env.fingerprint: env for origin in origins.values() for env in origin.envs}
    return {
        "vlmhb": manifest.vlmhb,
        "hardware": machines_of(manifest.segments),
        "envs": {fingerprint: _env(env) for fingerprint, env in sorted(envs.items())},
        "models": {
            model.name: {
                "backend": model.backend,
                "env": model.env,
                "params": dict(model.params),
                "prompts": {task: prompts.id for task, prompts in sorted(model.prompts.items())},
                "envs": [env.fingerprint for env in origin.envs],
                "facts": [dict(sorted(facts.items())) for facts in origin.facts],
                "weights": [weights_facts(weights) for weights in origin.weights],
                "machines": machines_of(origin.segments),
                "sandbox_level": sorted({sandbox.level for sandbox in origin.sandboxes}),
                "sandboxes": [_sandbox(sandbox) for sandbox in origin.sandboxes],
            }
            for model in manifest.models
            for origin in [origins[model.name]]
        },
        "datasets": {
            loaded.task.name: {
                "name": loaded.task.dataset.name,
                "licence": loaded.task.dataset.licence,
                "sha256": loaded.dataset_sha256,
                "samples": len(loaded.samples),
                "left_out": asdict(loaded.left_out),
                "prompts": loaded.task.prompts.id,
                "task_version": loaded.task.version,
                **_rendered(loaded),
            }
            for loaded in tasks
        },
        "fingerprint": dict(manifest.fingerprint),
        **({"shard": str(manifest.shard.shard)} if manifest.shard else {}),
        **_parts(manifest),
    }


def _parts(manifest: RunManifest) -> dict[str, Json]:
    """The runs it was merged of, by folder; nothing for any other."""
    parts: dict[str, Json] = {part.folder: part_facts(part) for part in manifest.parts}
    return {"parts": parts} if parts else {}


def _judge(judge: ModelSpec | None) -> dict[str, Json]:
    """Whose verdicts count, where anybody's do."""
    if judge is None:
        return {}
    facts: dict[str, Json] = {
        "model": judge.name,
        "backend": judge.backend,
        "params": dict(judge.params),
        "weights": None if judge.weights is None else judge.weights.repo or judge.weights.path,
        "rules": RULES_VERSION,
    }
    return {"judge": facts}


def _rendered(loaded: LoadedTask) -> dict[str, Json]:
    """What made pictures of the pages, for a dataset with pages that are no pictures."""
    kinds = {
        (str(sample.metadata["renderer"]), str(sample.metadata.get("dpi", "")))
        for sample in loaded.samples
        if "renderer" in sample.metadata
    }
    told = [f"{renderer}, {dpi} dpi" if dpi else renderer for renderer, dpi in sorted(kinds)]
    return {"rendered_by": told} if told else {}


def _env(env: Env) -> dict[str, Json]:
    """Without its path: that differs by machine."""
    return {
        "name": env.name,
        "locked": env.locked,
        "python": env.python_version,
        "build": " ".join(env.interpreter.build.split()),
        "libc": env.interpreter.libc,
        "platform": env.platform,
        "variant": env.variant,
        "lock_sha256": env.lock_sha256 or None,
        "overlay": dict(env.overlay),
        "commits": dict(env.commits),
        "packages": [list(package) for package in env.packages],
        "inherited": [list(package) for package in env.inherited],
    }
