"""Device, number format and attention kernel: what `auto` means here."""

import importlib.util
from typing import Any, Dict, List, Optional, Tuple

from vlmhb_worker.backends.transformers.checkpoint import library_version
from vlmhb_worker.backends.transformers.memory import Use

FLASH = "flash_attention_2"
HALF = ("float16", "bfloat16")


def choose_device(wanted: str) -> str:
    """A GPU if there is one, for `auto`; else what is wanted.

    Raises:
        RuntimeError: a GPU is wanted and torch sees none.
    """
    import torch

    if wanted == "auto":
        wanted = "cuda" if torch.cuda.is_available() else "cpu"
    if wanted.startswith("cuda") and not torch.cuda.is_available():
        raise RuntimeError(
            f"device: got {wanted}, but torch {torch.__version__} sees no GPU here; "
            "`vlmhb doctor` tells what the driver and the env's torch say, `device: auto` takes "
            "the CPU instead"
        )
    # By number: what loads weights onto a device takes no plain `cuda` in every version.
    return "cuda:0" if wanted == "cuda" else wanted


def choose_dtype(wanted: str, device: str, config: Dict[str, Any]) -> Any:
    """A torch.dtype; `auto` is float32 on a CPU, else the half precision of the checkpoint.

    Raises:
        ValueError: torch has no such number format.
    """
    import torch

    if wanted == "auto":
        wanted = "float32" if device == "cpu" else _half_of(config)
    dtype = getattr(torch, wanted, None)
    if not isinstance(dtype, torch.dtype):
        raise ValueError(  # noqa: TRY004 - the text is wrong, not its type
            f"dtype: got {wanted!r}, expected auto, float32, float16 or bfloat16"
        )
    return dtype


def choose_kernels(wanted: str, device: str, dtype: Any) -> Tuple[List[str], Dict[str, str]]:
    """(the attention kernels to try in order, why the better ones are left out)."""
    if library_version() < (4, 36):
        return [""], {"attention left out": "this transformers leaves no choice"}
    if wanted != "auto":
        return [wanted], {}
    reason = ""
    if not device.startswith("cuda"):
        reason = "no GPU"
    elif str(dtype).rpartition(".")[2] not in HALF:
        reason = f"it cannot do {dtype}"
    elif importlib.util.find_spec("flash_attn") is None:
        reason = "flash-attn is not in the env"
    if reason:
        return ["sdpa", "eager"], {"attention left out": f"{FLASH}: {reason}"}
    return [FLASH, "sdpa", "eager"], {}


def kernel_of(model: Any) -> str:
    """The kernel that the loaded model says it uses."""
    return str(getattr(model.config, "_attn_implementation", None) or "the model's own")


class Gauge:
    """The device's memory before and after a batch; on a CPU it tells nothing."""

    def __init__(self, device: str) -> None:
        self._device = device if device.startswith("cuda") else ""
        self._before = 0
        self._free = 0

    def start(self) -> None:
        """Note what there is."""
        if not self._device:
            return
        import torch

        torch.cuda.reset_peak_memory_stats(self._device)
        self._before = torch.cuda.memory_allocated(self._device)
        kept = torch.cuda.memory_reserved(self._device) - self._before
        self._free = torch.cuda.mem_get_info(self._device)[0] + kept

    def use(self, filled: int) -> Optional[Use]:
        """What was taken since `start`, by a batch with so many positions in the end."""
        if not self._device:
            return None
        import torch

        peak = torch.cuda.max_memory_allocated(self._device)
        return Use(filled, peak - self._before, self._free)


def _half_of(config: Dict[str, Any]) -> str:
    import torch

    parts = [config, config.get("text_config") or {}, config.get("llm_config") or {}]
    saved = [part.get("dtype") or part.get("torch_dtype") for part in parts]
    named = next((str(name) for name in saved if name in HALF), "bfloat16")
    is_known = named == "float16" or torch.cuda.is_bf16_supported()
    return named if is_known else "float16"
