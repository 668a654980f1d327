"""Whether a process that wrote down its number still runs."""

import datetime

import psutil

SLACK_S = 5.0
"""A process may be this much older or younger than the kernel's clock says."""


def still_runs(pid: int, since: str) -> bool:
    """Whether the process that had this number at `since`, in UTC, is still there.

    Another one that has its number now started later: after a machine's restart the same numbers
    are given again.
    """
    try:
        at_s = datetime.datetime.strptime(since, "%Y-%m-%dT%H:%M:%S%z").timestamp()
        process = psutil.Process(pid)
        return process.create_time() <= at_s + SLACK_S and process.status() != psutil.STATUS_ZOMBIE
    except (psutil.Error, ValueError, OverflowError):
        return False
