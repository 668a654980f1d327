"""What else comes to a disk: weights, data, and the run folder itself."""

from collections.abc import Sequence

from vlmhb.domain.needs import Amount, Disk, WeightsNeed, named
from vlmhb.plan.estimates.disk import Demand

PAGE_BYTES = 80_000
"""The small picture of a page in the run folder."""
REQUEST_BYTES = 16_000
"""An answer in the journal, in the tables and in the report."""


def weights_demand(needs: Sequence[WeightsNeed], disk: Disk) -> Demand:
    """Files that several models share are counted once."""
    wanted = [need for need in needs if need.obstacle is None]
    files = {name: size for need in wanted for name, size in need.files}
    least = sum(files.values())
    unknown = [need.source for need in wanted if need.download.size_bytes is None]
    why = f"that of {named(unknown)}" if unknown else ""
    return Demand("weights", disk, least, Amount(None if unknown else least, why), "HF_HOME")


def data_demand(sizes: Sequence[Amount], disk: Disk) -> Demand:
    """Datasets that have to be fetched; what their archives hold comes on top."""
    least = sum(size.size_bytes or 0 for size in sizes)
    unknown = [size for size in sizes if size.size_bytes is None]
    likely = unknown[0] if unknown else Amount(least)
    return Demand("datasets", disk, least, likely, "VLMHB_DATASETS")


def run_demand(pages: int, requests: int, disk: Disk) -> Demand:
    """The run folder."""
    likely = Amount(
        pages * PAGE_BYTES + requests * REQUEST_BYTES,
        f"estimated: {PAGE_BYTES // 1000} kB per page, {REQUEST_BYTES // 1000} kB per request",
    )
    return Demand("run folder", disk, 0, likely, "VLMHB_RUNS")
