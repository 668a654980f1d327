"""The Python files of a checkpoint, put where transformers imports them from."""

import filecmp
import hashlib
import os
import shutil
from dataclasses import replace

from vlmhb_worker.backends.transformers.checkpoint import Checkpoint


def importable(checkpoint: Checkpoint) -> Checkpoint:
    """The same checkpoint, in a folder whose name Python can import code under.

    Before 4.48 transformers takes the folder's own name, which may have a dot in it, and copies a
    file's direct imports only.
    """
    if not checkpoint.trust_remote_code:
        return checkpoint
    digest = hashlib.sha256(os.path.realpath(checkpoint.folder).encode()).hexdigest()
    name = f"checkpoint_{digest[:16]}"
    folder = os.path.join(checkpoint.scratch, name)
    if not os.path.islink(folder):
        os.symlink(os.path.abspath(checkpoint.folder), folder)
    _copy_code(folder, name)
    return replace(checkpoint, folder=folder)


def _copy_code(folder: str, name: str) -> None:
    from transformers.utils import HF_MODULES_CACHE, TRANSFORMERS_DYNAMIC_MODULE_NAME

    place = os.path.join(HF_MODULES_CACHE, TRANSFORMERS_DYNAMIC_MODULE_NAME, name)
    os.makedirs(place, exist_ok=True)
    for file in sorted(os.listdir(folder)):
        if not file.endswith(".py"):
            continue
        source, target = os.path.join(folder, file), os.path.join(place, file)
        if not (os.path.exists(target) and filecmp.cmp(source, target, shallow=False)):
            shutil.copyfile(source, target)
