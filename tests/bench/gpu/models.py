"""The model under test, and the files that have vlmhb ask it in three ways."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.bench.gpu.settings import CPU, CUDA
from vlmhb.config import load_model, split_reference
from vlmhb.errors import UsageError
from vlmhb.weights import Absent, WeightsStore

TRANSFORMERS = "vlmhb_worker.backends.transformers:Transformers"
DTYPE = {CPU: "float32", CUDA: "bfloat16"}
VLLM: Mapping[str, Mapping[str, Any]] = {
    # For prompt, page and answer; the model's own bound may need more memory than there is.
    CUDA: {"max_model_len": 8192},
    CPU: {"max_model_len": 2048, "kv_cache_gib": 0.25, "engine": {"enforce_eager": True}},
}


@dataclass(frozen=True, slots=True)
class Asked:
    """A model, as a plain script needs it, too."""

    name: str
    """Of its file; empty for random weights."""
    env: str
    checkpoint: Path
    params: Mapping[str, Any]
    """What its file says."""

    @classmethod
    def named(cls, name: str) -> "Asked":
        """The model of this name, with weights that are on this machine.

        Raises:
            UsageError: they are not, or no plain script could ask it.
        """
        model = load_model(name)
        if model.weights is None or model.backend != TRANSFORMERS or model.trust_remote_code:
            raise UsageError(
                f'cannot measure "{name}"',
                f"backend {model.backend}, trust_remote_code: {model.trust_remote_code}",
                expected="backend: transformers, weights, and no code beside them",
                next_step="name a model such as qwen2-vl-2b, or none for random weights",
            )
        found = WeightsStore.standard(offline=True).look(model.weights)
        if isinstance(found, Absent):
            raise UsageError(
                f'cannot measure "{name}"',
                found.what,
                expected="its weights on this machine",
                next_step=f"vlmhb models fetch {name}",
            )
        return cls(name, model.env, found.folder, model.params)

    def write(self, folder: Path, device: str) -> None:
        """Write `one`, `batches` and `vllm`, which differ in how the model is asked alone."""
        common = {
            "description": f"{self.name or 'Random weights'}, for the bench.",
            "answers": "reply",
            "mechanism_only": not self.name,
            "weights": {"path": str(self.checkpoint)},
        }
        params = {**self.params, "device": device, "dtype": DTYPE[device]}
        files = {
            "one": (TRANSFORMERS, self.env, {**params, "batch_size": 1}),
            "batches": (TRANSFORMERS, self.env, params),
            "vllm": ("vllm", "vllm", {"dtype": DTYPE[device], **VLLM[device]}),
        }
        for name, (backend, env, settings) in files.items():
            content = {
                **common,
                "backend": backend,
                "env": f"{split_reference(env)[0]}@cpu" if device == CPU else env,
                "params": settings,
            }
            (folder / f"{name}.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
