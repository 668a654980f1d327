"""What a run lacks because its samples were divided into shards."""

from vlmhb.domain.results import Results


def in_other_shards(results: Results) -> int:
    """Samples of all tasks that belong to the run and are in shards that are not here."""
    return sum(loaded.left_out.other_shards for loaded in results.tasks)


def shards_text(results: Results) -> str:
    """A sentence about them; empty where there are none."""
    count = in_other_shards(results)
    if not count:
        return ""
    samples = "1 sample is" if count == 1 else f"{count:,} samples are"
    if own := results.provenance.get("shard"):
        return f"This is shard {own} of a run: {samples} in the other shards."
    return f"Shards are missing: {samples} in them."
