"""What a worker may take of its machine."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WorkerLimits:
    """For a worker and everything below it, together; what takes more is ended.

    As they stand they are far above what an engine with a process per GPU, its compilers and their
    threads take.
    """

    memory_gib: float = 0.0
    """Of memory that belongs to no file and no shared memory; 0 for nearly all there is."""
    scratch_gib: float = 64.0
    """In its scratch folder, where its HOME and TMPDIR are."""
    processes: int = 1_000
    threads: int = 20_000
