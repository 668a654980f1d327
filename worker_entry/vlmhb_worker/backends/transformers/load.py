"""From what the host says to a family with its model, tried once."""

import os
from dataclasses import dataclass
from typing import Any, Dict, List

from vlmhb_worker import failures
from vlmhb_worker.backend import Generation, LoadJob, Page, Progress, Request
from vlmhb_worker.backends.page_engine import checked_params
from vlmhb_worker.backends.transformers import catalog, device, faults, generate
from vlmhb_worker.backends.transformers.checkpoint import (
    WEIGHT_FILES,
    Checkpoint,
    MissingWeightsError,
    RemoteCodeError,
    digests,
    read_json,
)
from vlmhb_worker.backends.transformers.family import Family, Settings
from vlmhb_worker.backends.transformers.pulse import Pulse
from vlmhb_worker.backends.transformers.watch import Watch

TINY = "tiny-random"

DEFAULTS: Dict[str, Any] = {
    "checkpoint": "",
    "family": "",
    "device": "auto",
    "dtype": "auto",
    "attention": "auto",
    "batch_size": "auto",
    "max_new_tokens": 0,
    "min_pixels": 0,
    "max_pixels": 0,
    "threads": 0,
    "chat_template": "",
    "processor": {},
    "missing_weights": "refuse",
}

NO_RETRY = (OSError, MemoryError, MissingWeightsError, RemoteCodeError)
"""Another attention kernel would not help."""

PROBE_SIDE_PX = 336


@dataclass(frozen=True)
class Loaded:
    """A family whose model has written a first token."""

    family: Family
    device: str
    params: Dict[str, Any]
    facts: Dict[str, str]


def load(job: LoadJob, progress: Progress) -> Loaded:
    """The model that `job` names, ready to write.

    Raises:
        FileNotFoundError: there is no checkpoint.
        ValueError: a param that is not known, or cannot be.
        RemoteCodeError: the checkpoint's own code would have to be run.
        Whatever the library raises.
    """
    params = checked_params(job.params, DEFAULTS)
    progress("import torch and transformers", 0, 3)
    import torch
    import transformers

    transformers.logging.set_verbosity_error()
    if params["threads"]:
        torch.set_num_threads(params["threads"])
    folder = _folder(job, params["checkpoint"], progress)
    config = read_json(folder, "config.json")
    where = device.choose_device(params["device"])
    dtype = device.choose_dtype(params["dtype"], where, config)
    kernels, facts = device.choose_kernels(params["attention"], where, dtype)
    name = catalog.family_name(params["family"], config)
    wanted = [
        Checkpoint(folder, config, params, job.scratch, where, dtype, kernel, job.trust_remote_code)
        for kernel in kernels
    ]
    family = _load_first(name, wanted, facts, progress)
    facts = {
        "torch": torch.__version__,
        "transformers": transformers.__version__,
        "family": name,
        "device": _device_name(where),
        "dtype": str(dtype),
        **facts,
        **_facts_of(family),
        **digests(folder),
    }
    return Loaded(family, where, params, facts)


def probe(family: Family, scratch: str) -> None:
    """Let the model write one token about a blank page: what cannot work fails here."""
    import torch

    path = _blank_page(scratch)
    request = Request("probe", "Read the page.", "", [Page("", path)], Generation(max_new_tokens=1))
    with torch.inference_mode():
        watch = Watch(1)
        watch.stops_rows = generate.can_stop_rows()
        family.write([family.prepare(request)], Settings(max_new_tokens=1), watch)


def _facts_of(family: Family) -> Dict[str, str]:
    ends = generate.end_ids(family.model, family.tokenizer)
    return {
        "attention": device.kernel_of(family.model),
        "end tokens": ", ".join(map(str, sorted(ends))),
        **family.facts,
    }


def _folder(job: LoadJob, checkpoint: str, progress: Progress) -> str:
    if checkpoint == TINY:
        from vlmhb_worker.backends import tiny_llava

        progress("build the checkpoint", 1, 3)
        folder = os.path.join(job.scratch, "tiny-llava")
        tiny_llava.build(folder)
        return folder
    folder = job.weights or checkpoint
    if not os.path.isfile(os.path.join(folder, "config.json")):
        raise FileNotFoundError(
            f"no checkpoint in {folder!r}: a folder with config.json and weights was expected; "
            "name one in the model file, as `weights` (repo or path)"
        )
    if not any(name.endswith(WEIGHT_FILES) for name in os.listdir(folder)):
        raise FileNotFoundError(
            f"no weights in {folder!r}: files ending in {' or '.join(WEIGHT_FILES)} were expected "
            "beside config.json"
        )
    return folder


def _load_first(
    name: str, wanted: List[Checkpoint], facts: Dict[str, str], progress: Progress
) -> Family:
    """Loaded with the first attention kernel that works; why the others do not becomes facts."""
    for checkpoint in wanted[:-1]:
        try:
            return _load_one(name, checkpoint, facts, progress)
        except NO_RETRY:
            raise
        except Exception as error:
            # A kernel may fail in any way, and the next one may work.
            if failures.is_out_of_memory(error):
                raise
            facts[f"attention: not {checkpoint.attention}"] = f"{type(error).__name__}: {error}"
            faults.release(error)
    return _load_one(name, wanted[-1], facts, progress)


def _load_one(
    name: str, checkpoint: Checkpoint, facts: Dict[str, str], progress: Progress
) -> Family:
    """A new family: what an earlier try holds must not stay in memory beside it."""
    family = catalog.make_family(name)
    progress("load the weights", 2, 3)
    with Pulse(progress, checkpoint.folder):
        family.load(checkpoint)
    facts.update(generate.forget_advice(family.model))
    progress("first token", 3, 3)
    probe(family, checkpoint.scratch)
    return family


def _blank_page(scratch: str) -> str:
    from PIL import Image

    path = os.path.join(scratch, "probe.png")
    Image.new("RGB", (PROBE_SIDE_PX, PROBE_SIDE_PX), "white").save(path)
    return path


def _device_name(where: str) -> str:
    import torch

    return f"{where}: {torch.cuda.get_device_name(where)}" if where.startswith("cuda") else where
