"""What a run would take of this machine, and whether it certainly fails."""

from vlmhb.pipeline.outlook.ahead import ahead_of, ahead_without_data
from vlmhb.pipeline.outlook.look import Asking, look_ahead
from vlmhb.pipeline.outlook.outlook import DataNeed, GpuNow, Outlook
from vlmhb.pipeline.outlook.refusal import refuse_full_disks
from vlmhb.pipeline.outlook.sandboxes import SandboxAhead, refuse_loose_sandbox, sandbox_here

__all__ = [
    "Asking",
    "DataNeed",
    "GpuNow",
    "Outlook",
    "SandboxAhead",
    "ahead_of",
    "ahead_without_data",
    "look_ahead",
    "refuse_full_disks",
    "refuse_loose_sandbox",
    "sandbox_here",
]
