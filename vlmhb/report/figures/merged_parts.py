"""The runs that a run was merged of, for programs."""

from vlmhb.domain.digest import Json
from vlmhb.store import MergedPart


def part_facts(part: MergedPart) -> dict[str, Json]:
    """What one of them brought; `shard` and `modified` only where there is something to tell."""
    return {
        "run": part.run,
        "short_id": part.short_id,
        "models": list(part.models),
        "tasks": list(part.tasks),
        "samples": part.samples,
        "answered": part.answered,
        "failed": part.failed,
        **({"shard": str(part.shard.shard)} if part.shard else {}),
        **({"modified": part.modified} if part.modified else {}),
    }
