"""What a run will take, estimated: pure, and every estimate says how it was made."""

from vlmhb.plan.estimates.disk import Demand, DiskOutlook, judge_disks
from vlmhb.plan.estimates.duration import Duration, duration_of
from vlmhb.plan.estimates.envs import env_demands, env_size
from vlmhb.plan.estimates.fetching import ASSUMED_BYTES_PER_S, fetching_s
from vlmhb.plan.estimates.rest import data_demand, run_demand, weights_demand
from vlmhb.plan.estimates.vram import GpuNeed, gpu_need

__all__ = [
    "ASSUMED_BYTES_PER_S",
    "Demand",
    "DiskOutlook",
    "Duration",
    "GpuNeed",
    "data_demand",
    "duration_of",
    "env_demands",
    "env_size",
    "fetching_s",
    "gpu_need",
    "judge_disks",
    "run_demand",
    "weights_demand",
]
