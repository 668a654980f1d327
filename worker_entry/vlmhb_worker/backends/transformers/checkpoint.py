"""A checkpoint folder, and how its parts are loaded by any generation of transformers."""

import importlib.util
import json
import os
from dataclasses import dataclass
from typing import Any, Dict, Iterable, Tuple

CHECKPOINT_FILES = (".json", ".jinja", ".model", ".py", ".txt", ".tiktoken")
"""The small files that decide an answer beside the weights."""

WEIGHT_FILES = (".safetensors", ".bin")
SMALL_WEIGHTS_BYTES = 64 * 2**20
"""Larger ones are not hashed: reading them twice costs minutes, and the host knows the revision."""


class RemoteCodeError(Exception):
    """The checkpoint brings code of its own, and the model file does not allow to run it."""


class MissingWeightsError(Exception):
    """The library filled in random numbers for weights that the checkpoint does not hold."""


@dataclass(frozen=True)
class Checkpoint:
    """Where a model lies and how it is to be loaded."""

    folder: str
    config: Dict[str, Any]
    """config.json."""
    params: Dict[str, Any]
    """The model file's params, with defaults filled in."""
    scratch: str
    """A folder of this worker's own, deleted after it."""
    device: str
    """`cpu`, or `cuda:0`."""
    dtype: Any
    """A torch.dtype."""
    attention: str = ""
    """The kernel to ask for; empty where this transformers leaves no choice (before 4.36)."""
    trust_remote_code: bool = False

    def load_model(self, kind: Any, **options: Any) -> Any:
        """The model in eval mode on its device; `kind` is a class with `from_pretrained`.

        Raises:
            RemoteCodeError: its code would have to be run.
            MissingWeightsError: the checkpoint lacks some.
            Whatever the library raises.
        """
        wanted = dict(self.placement())
        wanted["dtype" if library_version() >= (4, 56) else "torch_dtype"] = self.dtype
        if self.attention:
            wanted["attn_implementation"] = self.attention
        wanted.update(options)
        model, told = self.load_other(kind, output_loading_info=True, **wanted)
        if self.params.get("missing_weights") != "allow":
            refuse_missing(model, told["missing_keys"])
        return model.eval() if "device_map" in wanted else model.eval().to(self.device)

    def load_other(self, kind: Any, **options: Any) -> Any:
        """A tokenizer, processor or config; `kind` is a class with `from_pretrained`.

        Raises:
            RemoteCodeError: its code would have to be run.
            Whatever the library raises.
        """
        try:
            return kind.from_pretrained(
                self.folder,
                local_files_only=True,
                trust_remote_code=self.trust_remote_code,
                **options,
            )
        except ValueError as error:
            if self.trust_remote_code or "trust_remote_code" not in str(error):
                raise
            raise RemoteCodeError(
                "the checkpoint brings code of its own, which runs with this worker's rights; "
                "got trust_remote_code: false; if you trust its authors, write "
                "`trust_remote_code: true` in the model file"
            ) from error

    def placement(self) -> Dict[str, Any]:
        """The arguments that put weights where they belong without a second copy in memory."""
        is_known = importlib.util.find_spec("accelerate") is not None
        if not is_known or self.params.get("missing_weights") == "allow":
            # Both arguments need accelerate, and leave missing weights without numbers.
            return {}
        if self.device.startswith("cuda"):
            return {"device_map": {"": self.device}}
        return {"low_cpu_mem_usage": True} if library_version() < (5,) else {}


def refuse_missing(model: Any, missing: Iterable[str]) -> None:
    """Refuse a model that is partly random: it would answer noise, without a word.

    Buffers do not count: they are computed, and many checkpoints leave them out. Before 4.51 what
    is missing is left without numbers (on `meta`) where memory is to be saved.

    Raises:
        MissingWeightsError: naming some.
    """
    weights = dict(model.named_parameters())
    empty = {name for name, weight in weights.items() if weight.is_meta}
    random = sorted(empty.union(set(weights).intersection(missing)))
    if random:
        raise MissingWeightsError(
            f"{len(random)} of the model's {len(weights)} weights are not in the checkpoint, e.g. "
            f"{', '.join(random[:3])}; either files are missing, or they were saved by another "
            "version of transformers than the env's; if these weights do not matter, write "
            "`missing_weights: allow` under the model file's params"
        )


def library_version() -> Tuple[int, ...]:
    """Of transformers: (4, 37) for 4.37.2."""
    import transformers

    return tuple(int(part) for part in transformers.__version__.split(".")[:2])


def read_json(folder: str, name: str) -> Dict[str, Any]:
    """The object in the file, or an empty one where there is no such file."""
    try:
        with open(os.path.join(folder, name), encoding="utf-8") as file:
            found = json.load(file)
    except FileNotFoundError:
        return {}
    return found if isinstance(found, dict) else {}


def digests(folder: str) -> Dict[str, str]:
    """Name and sha256 of each small file that decides an answer, and of small weights."""
    from vlmhb_worker.backends.page_engine import sha256_of

    found = {}
    for name in sorted(os.listdir(folder)):
        path = os.path.join(folder, name)
        if not os.path.isfile(path):
            continue
        is_small = os.path.getsize(path) <= SMALL_WEIGHTS_BYTES
        if name.endswith(CHECKPOINT_FILES) or (name.endswith(WEIGHT_FILES) and is_small):
            found[name] = sha256_of(path)
    return found
