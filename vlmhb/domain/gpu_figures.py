"""What one worker did with the memory of its GPU."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class GpuFigures:
    """Memory in use on a GPU, by everybody, around the life of one worker.

    Bytes; None where the driver did not say, or the moment never came.
    """

    uuid: str
    before_bytes: int | None = None
    """Before the worker was started."""
    loaded_bytes: int | None = None
    """When its model was loaded."""
    peak_bytes: int | None = None
    """The most that was seen while it lived; looked for a few times per second."""
    after_bytes: int | None = None
    """After its end, when the GPU was free for the next worker or the wait for that was over."""
