"""What to do when the machine has no more of something."""

import errno

REMEDIES = {
    errno.EMFILE: "raise the limit of open files (ulimit -n), then run the same command again",
    errno.ENFILE: "end programs that hold many files open, then run the same command again",
    errno.ENOMEM: "free memory, then run the same command again",
    errno.EAGAIN: "raise the limit of processes (ulimit -u), then run the same command again",
}


def remedy(error: OSError) -> str:
    """The next step after `error`, in general terms where there is none of its own."""
    return REMEDIES.get(error.errno or 0, "mend that, then run the same command again")
