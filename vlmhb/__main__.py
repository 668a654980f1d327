"""`vlmhb` and `python -m vlmhb`."""

import atexit
import gc

from vlmhb.system.early_signals import EARLY

KEPT_OBJECTS = 50_000
"""How many more there may be before it is looked which of them can be freed."""


def main() -> None:
    """Hear of signals first, and only then import what takes its time."""
    EARLY.hear()
    # Nearly all that a start makes stays, and looking for what does not takes a tenth of its time.
    gc.set_threshold(KEPT_OBJECTS)
    # At the end nobody need look at all: the system takes everything back.
    atexit.register(gc.freeze)

    from vlmhb.cli import main as run  # noqa: PLC0415 - as said

    run()


if __name__ == "__main__":
    main()
