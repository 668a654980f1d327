"""What came of pruning, for programs and for people."""

from collections.abc import Iterator

from vlmhb.cli.envs.disk import left_in_cache
from vlmhb.cli.envs.stored import Wanted
from vlmhb.domain.digest import Json
from vlmhb.domain.sizes import megabytes
from vlmhb.env import Pruned

REASONS = {
    "age": "unused for longer",
    "unnamed": "no envspec asks for it",
    "budget": "over the budget",
}


def as_json(pruned: Pruned, asked_for: Wanted, *, dry_run: bool) -> dict[str, Json]:
    """For programs."""
    return {
        "dry_run": dry_run,
        "removed": [
            {
                "name": removed.env.name,
                "fingerprint": removed.env.fingerprint,
                "why": removed.why,
                "freed_bytes": removed.freed_bytes,
            }
            for removed in pruned.removed
        ],
        "in_use": [{"name": env.name, "fingerprint": env.fingerprint} for env in pruned.in_use],
        "unclear": dict(asked_for.unclear),
        "unique_bytes_before": pruned.before.unique_bytes,
        "unique_bytes": pruned.after.unique_bytes,
        "left_in_cache_bytes": pruned.before.shared_bytes - pruned.after.shared_bytes,
    }


def as_text(
    pruned: Pruned, asked_for: Wanted, budget_bytes: int | None, *, dry_run: bool
) -> Iterator[str]:
    """For people, line by line."""
    for name, problem in asked_for.unclear.items():
        yield f"{name}: its envs are kept, it is unclear which it asks for: {_first_line(problem)}"
    for removed in pruned.removed:
        freed = f"{'would free' if dry_run else 'removed, freed'} {megabytes(removed.freed_bytes)}"
        yield f"{removed.env.label}: {freed} ({REASONS[removed.why]})"
    for env in pruned.in_use:
        yield f"{env.label}: in use, {'would stay' if dry_run else 'stayed'}"
    before, after = pruned.before.unique_bytes, pruned.after.unique_bytes
    would = "would be " if dry_run else ""
    yield (
        f"{len(pruned.removed)} {would}removed; what envs take of their own: "
        f"{megabytes(before)} before, {megabytes(after)} after"
    )
    if budget_bytes is not None and after > budget_bytes:
        yield f"{megabytes(after - budget_bytes)} over the budget, in envs that are in use"
    if cached := left_in_cache(pruned.before, pruned.after):
        yield cached


def _first_line(text: str) -> str:
    return " ".join(text.partition("\nNext:")[0].split())
