"""Parts -> one run that holds all of them, or every reason why there is none."""

import itertools
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from vlmhb.domain.answer import Answer
from vlmhb.domain.decision import Decision
from vlmhb.domain.digest import Json, sha256_of
from vlmhb.domain.envspec import Env
from vlmhb.domain.model import ModelSpec
from vlmhb.domain.run import LoadedTask, RunConfig, RunPlan
from vlmhb.domain.scoring import Scoring
from vlmhb.errors import UsageError
from vlmhb.merging.models import (
    differing_models,
    differing_specs,
    unavailable_models,
    united_models,
)
from vlmhb.merging.outcomes import Answered, united_outcomes
from vlmhb.merging.part import Part
from vlmhb.merging.sides import disagreement
from vlmhb.merging.starts import Starts, moved, united_starts, united_telemetry
from vlmhb.merging.tasks import differing_tasks, united_tasks
from vlmhb.plan import build_plan, run_fingerprint
from vlmhb.store import MergedPart, RecordedRun, RunManifest

MERGED = "merged"
"""What stands for the run file of a run that was merged of runs with several."""

SAME_FILES = (
    "give what differs another name and run it again, or leave a run out; where only metrics or "
    "groupings differ, the same `vlmhb run` with the files as they are now keeps all answers"
)
NO_CHOICE = "leave one of these runs out: which of two answers counts is not for a merge to choose"

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Together:
    """A merged run that is not written yet."""

    recorded: RecordedRun
    plan: RunPlan
    repeated: int
    """Outcomes that two parts have, and that say the same."""
    superseded: int
    """Failures in place of which another part has an answer."""
    notes: tuple[str, ...]
    """What else to know: where the parts differ in what changes no answer."""

    @property
    def modified(self) -> tuple[MergedPart, ...]:
        """The parts whose journals are not those that their runs left."""
        return tuple(part for part in self.recorded.manifest.parts if part.modified)


def merge(parts: Sequence[Part]) -> Together:
    """One run with the models, tasks, samples and answers of all parts.

    Their order is that of models, tasks and starts, and of two equal answers the first one stays.

    Raises:
        UsageError: parts contradict each other; the text names everything in which they do.
    """
    differing = (*_differing_runs(parts), *differing_models(parts), *differing_tasks(parts))
    _refuse(parts, differing, SAME_FILES)
    names = tuple(dict.fromkeys(one.task.name for part in parts for one in part.recorded.tasks))
    models = united_models(parts, names)
    tasks = united_tasks(parts, models)
    plan = build_plan(models, tasks)
    starts = united_starts(parts)
    answered = united_outcomes(
        (part.name, part.recorded.outcomes, places)
        for part, places in zip(parts, starts.places, strict=True)
    )
    verdicts = united_outcomes((part.name, part.recorded.verdicts, ()) for part in parts)
    _refuse(parts, (*answered.conflict_lines(plan), *_verdict_lines(verdicts)), NO_CHOICE)
    recorded = RecordedRun(
        _manifest(parts, models, tasks, starts),
        tasks,
        answered.in_plan_order(plan),
        _scoring(parts),
        dict(sorted(verdicts.outcomes.items())),
        _decisions(parts),
        united_telemetry(parts, starts),
    )
    return Together(recorded, plan, answered.repeated, answered.superseded, tuple(_notes(parts)))


def _refuse(parts: Sequence[Part], problems: Sequence[str], next_step: str) -> None:
    if problems:
        raise UsageError(
            f"cannot merge {', '.join(part.name for part in parts)}",
            "\n  " + "\n  ".join(problems),
            expected="runs that agree on every model, task, sample and answer that they share",
            next_step=next_step,
        )


def _verdict_lines(verdicts: Answered) -> tuple[str, ...]:
    if not verdicts.conflicts:
        return ()
    _, first, other = verdicts.conflicts[0]
    n = len(verdicts.conflicts)
    return (f"verdicts of the judge are others in {other} than in {first}: {n:,}",)


def _differing_runs(parts: Sequence[Part]) -> Iterator[str]:
    """Of what holds for a whole run."""
    seeds = [(part.name, part.recorded.manifest.seed) for part in parts]
    yield from disagreement("seed", seeds)
    metrics = [(part.name, part.recorded.scoring.metrics) for part in parts]
    told = [(name, chosen) for name, chosen in metrics if chosen]
    yield from disagreement("metrics that it is scored with", told, ", ".join)
    judges = [
        (part.name, judge) for part in parts if (judge := part.recorded.scoring.judge) is not None
    ]
    names = disagreement("judge", [(part, judge.name) for part, judge in judges])
    yield from names or differing_specs("judge", judges)


def _manifest(
    parts: Sequence[Part],
    models: tuple[ModelSpec, ...],
    tasks: tuple[LoadedTask, ...],
    starts: Starts,
) -> RunManifest:
    manifests = [part.recorded.manifest for part in parts]
    envs: dict[str, Env] = {}
    for manifest in manifests:
        envs |= {name: env for name, env in manifest.envs.items() if name not in envs}
    return RunManifest(
        name="+".join(_each_once(name for one in manifests for name in one.name.split("+"))),
        vlmhb=", ".join(sorted({one for each in manifests for one in each.vlmhb.split(", ")})),
        models=models,
        datasets={loaded.task.name: loaded.dataset_sha256 for loaded in tasks},
        fingerprint=_fingerprint(manifests, models, tasks),
        source=manifests[0].source if len({one.source for one in manifests}) == 1 else MERGED,
        seed=manifests[0].seed,
        unavailable=unavailable_models(parts),
        segments=starts.segments,
        envs=envs,
        price_per_hour=_price(parts)[0] if len(_price(parts)) == 1 else None,
        parts=_parts(parts, starts),
    )


def _fingerprint(
    manifests: Sequence[RunManifest], models: tuple[ModelSpec, ...], tasks: tuple[LoadedTask, ...]
) -> dict[str, str]:
    """That of one run which would have asked for everything."""
    config = RunConfig(
        name="",
        source="",
        models=models,
        tasks=tuple(loaded.task for loaded in tasks),
        envspecs={},
        max_workers=1,
        limit=None,
        seed=manifests[0].seed,
    )
    found = run_fingerprint(config, tasks, {model.env: "" for model in models})
    limits = {one.fingerprint["limit"] for one in manifests if "limit" in one.fingerprint}
    found |= {"limit": limits.pop()} if len(limits) == 1 else {}
    told = {name: digest for one in manifests for name, digest in one.fingerprint.items()}
    kept = {f"models.{model.name}.{what}" for model in models for what in ("env", "imported")}
    return dict(sorted((found | {name: told[name] for name in kept & told.keys()}).items()))


def _parts(parts: Sequence[Part], starts: Starts) -> tuple[MergedPart, ...]:
    """Those of a run that was merged itself stand in its place."""
    found: dict[str, MergedPart] = {}
    told: set[MergedPart] = set()
    for part, places in zip(parts, starts.places, strict=True):
        for one in part.recorded.manifest.parts or (_described(part),):
            known = (moved(segment, places) for segment in one.segments)
            again = replace(
                one,
                segments=tuple(place for place in known if place is not None),
                modified=part.modified or one.modified,
            )
            if again not in told:
                name = _free(one.folder, found)
                found[name] = replace(again, folder=name)
                told |= {again, found[name]}
    return tuple(found.values())


def _free(folder: str, taken: Container[str]) -> str:
    names = itertools.chain([folder], (f"{folder} ({number})" for number in itertools.count(2)))
    return next(name for name in names if name not in taken)


def _described(part: Part) -> MergedPart:
    manifest, outcomes = part.recorded.manifest, part.recorded.outcomes
    answered = sum(isinstance(outcome, Answer) for outcome in outcomes.values())
    return MergedPart(
        folder=part.name,
        run=manifest.name,
        short_id=_short_id(manifest),
        source=manifest.source,
        models=tuple(model.name for model in manifest.models),
        tasks=tuple(loaded.task.name for loaded in part.recorded.tasks),
        samples=sum(len(loaded.samples) for loaded in part.recorded.tasks),
        answered=answered,
        failed=len(outcomes) - answered,
        segments=tuple(range(len(manifest.segments))),
        shard=manifest.shard,
    )


def _short_id(manifest: RunManifest) -> str:
    fields: dict[str, Json] = dict(manifest.fingerprint)
    return sha256_of(fields)[:8]


def _scoring(parts: Sequence[Part]) -> Scoring:
    """As the parts that were told so are scored."""
    said = [part.recorded.scoring for part in parts]
    return Scoring(
        metrics=next((one.metrics for one in said if one.metrics), ()),
        judge=next((one.judge for one in said if one.judge), None),
    )


def _decisions(parts: Sequence[Part]) -> tuple[Decision, ...]:
    """Each once, the oldest first."""
    made = _each_once(one for part in parts for one in part.recorded.decisions)
    return tuple(sorted(made, key=lambda decision: decision.decided_at))


def _price(parts: Sequence[Part]) -> tuple[float, ...]:
    """What parts say that a worker costs; each price once."""
    said = (part.recorded.manifest.price_per_hour for part in parts)
    return _each_once(price for price in said if price is not None)


def _each_once(values: Iterable[T]) -> tuple[T, ...]:
    return tuple(dict.fromkeys(values))


def _notes(parts: Sequence[Part]) -> Iterator[str]:
    if len(_price(parts)) > 1:
        prices = ", ".join(f"{price:g}" for price in _price(parts))
        yield (
            f"prices per hour differ ({prices}), so nothing is said of costs; "
            "`vlmhb report --price-per-hour` sets one"
        )
    if any(part.recorded.scoring != parts[0].recorded.scoring for part in parts):
        yield "some runs were scored in another way than their tasks say; now all of them are"
