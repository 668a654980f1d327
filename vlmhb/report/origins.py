"""Where answers come from: the env and the weights of the workers that gave them."""

from collections.abc import Mapping
from dataclasses import dataclass

from vlmhb.domain.answer import Outcome
from vlmhb.domain.envspec import Env
from vlmhb.domain.run import RunPlan
from vlmhb.store import RunManifest, WorkerStart


@dataclass(frozen=True, slots=True)
class Origin:
    """What gave a model's answers; more than one of a kind when it changed between two starts."""

    envs: tuple[Env, ...]
    facts: tuple[Mapping[str, str], ...]
    """As the backend reported them when it had loaded: versions, device, weights."""

    @property
    def locked(self) -> bool:
        """Whether a lock names everything the answers came from."""
        return all(env.locked for env in self.envs)


def origins_of(
    manifest: RunManifest, plan: RunPlan, outcomes: Mapping[str, Outcome]
) -> dict[str, Origin]:
    """By model, in the order of the plan.

    Only the starts that left an outcome count: one that was killed before changes nothing.
    """
    return {
        model: _origin(manifest, _starts(manifest, model, segments))
        for model, segments in _segments(plan, outcomes).items()
    }


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


def _origin(manifest: RunManifest, starts: list[WorkerStart]) -> Origin:
    fingerprints = dict.fromkeys(start.env for start in starts)
    facts = {tuple(sorted(start.facts.items())): start.facts for start in starts}
    return Origin(
        envs=tuple(manifest.envs[name] for name in fingerprints if name in manifest.envs),
        facts=tuple(facts.values()),
    )
