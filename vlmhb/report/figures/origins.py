"""Where answers come from: the env and the weights of the workers that gave them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from vlmhb.domain.answer import Answer, Outcome
from vlmhb.domain.digest import Json
from vlmhb.domain.envspec import Env
from vlmhb.domain.loaded_weights import LoadedWeights
from vlmhb.domain.run import RunPlan
from vlmhb.domain.sandbox import Sandbox
from vlmhb.store import RunManifest, Segment, WorkerStart


@dataclass(frozen=True, slots=True)
class Origin:
    """What gave a model's answers; more than one of a kind when it changed between two starts."""

    envs: tuple[Env, ...]
    facts: tuple[Mapping[str, str], ...]
    """As the backend reported them when it had loaded: versions, device, weights."""
    traced: bool
    """Whether it is known where every answer came from; so it is where there is no answer."""
    weights: tuple[LoadedWeights, ...] = ()
    segments: tuple[Segment, ...] = ()
    """The starts of the run that its outcomes come from."""
    sandboxes: tuple[Sandbox, ...] = ()
    """What was in force around its workers."""

    @property
    def locked(self) -> bool:
        """Whether a lock names everything the answers came from; not when that is not known."""
        return self.traced and all(env.locked for env in self.envs)


def origins_of(
    manifest: RunManifest, plan: RunPlan, outcomes: Mapping[str, Outcome]
) -> dict[str, Origin]:
    """By model, in the order of the plan.

    Only the starts that left an outcome count: one that was killed before changes nothing.
    """
    return {
        model: _origin(
            manifest,
            _starts(manifest, model, segments),
            tuple(manifest.segments[one] for one in segments if one < len(manifest.segments)),
            traced=_traced(manifest, model, plan, outcomes),
        )
        for model, segments in _segments(plan, outcomes).items()
    }


def _traced(
    manifest: RunManifest, model: str, plan: RunPlan, outcomes: Mapping[str, Outcome]
) -> bool:
    found = (outcomes.get(request.id) for request in plan.requests[model])
    segments = {outcome.segment for outcome in found if isinstance(outcome, Answer)}
    return all(
        segment is not None
        and (starts := _starts(manifest, model, [segment]))
        and all(start.env in manifest.envs for start in starts)
        for segment in segments
    )


def _segments(plan: RunPlan, outcomes: Mapping[str, Outcome]) -> dict[str, list[int]]:
    return {
        model: sorted(
            {
                outcome.segment
                for request in requests
                if (outcome := outcomes.get(request.id)) and outcome.segment is not None
            }
        )
        for model, requests in plan.requests.items()
    }


def _starts(manifest: RunManifest, model: str, segments: list[int]) -> list[WorkerStart]:
    return [start for segment in segments for start in manifest.starts(model, segment)]


def _origin(
    manifest: RunManifest,
    starts: list[WorkerStart],
    segments: tuple[Segment, ...],
    *,
    traced: bool,
) -> Origin:
    fingerprints = dict.fromkeys(start.env for start in starts)
    facts = {tuple(sorted(start.facts.items())): start.facts for start in starts}
    return Origin(
        envs=tuple(manifest.envs[name] for name in fingerprints if name in manifest.envs),
        facts=tuple(facts.values()),
        traced=traced,
        weights=tuple(dict.fromkeys(start.weights for start in starts if start.weights)),
        segments=segments,
        sandboxes=_sandboxes(starts, segments),
    )


def machines_of(segments: Iterable[Segment]) -> list[dict[str, Json]]:
    """Distinct machines, sorted, so that a restart on the same one changes nothing."""
    machines = {(one.cpu, one.cores, one.memory_gib, one.gpus, one.driver) for one in segments}
    return [
        {"cpu": cpu, "cores": cores, "memory_gib": memory, "gpus": list(gpus), "driver": driver}
        for cpu, cores, memory, gpus, driver in sorted(machines)
    ]


def weights_facts(weights: LoadedWeights) -> dict[str, Json]:
    """Where weights come from, those of further repos by name."""
    also: dict[str, Json] = {one.source: weights_facts(one) for one in weights.also}
    return {"source": weights.source, "commit": weights.commit, "sha256": weights.sha256} | also


def _sandboxes(starts: list[WorkerStart], segments: tuple[Segment, ...]) -> tuple[Sandbox, ...]:
    """Each once; of runs from before there was a choice, what their starts say."""
    found = [start.sandbox for start in starts if start.sandbox]
    found = found or [Sandbox(segment.sandbox_level) for segment in segments]
    return tuple({(one.level, one.user, one.network, one.landlock): one for one in found}.values())
