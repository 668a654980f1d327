"""What a worker costs per hour, as run.json keeps it. No answer and no metric depends on it."""

from dataclasses import replace

from vlmhb.store.lockfile import RunLock
from vlmhb.store.manifest import read_manifest, write_manifest
from vlmhb.store.run_dir import RunDir


def keep_price(run_dir: RunDir, price_per_hour: float) -> None:
    """Write it down, in place of what was said before.

    Raises:
        UsageError: run.json cannot be read; nothing is changed.
        RunLockedError: another process writes this run.
        StorageError: the file system refused.
    """
    with RunLock(run_dir.lock):
        manifest = read_manifest(run_dir.manifest)
        if manifest.price_per_hour != price_per_hour:
            write_manifest(run_dir.manifest, replace(manifest, price_per_hour=price_per_hour))
