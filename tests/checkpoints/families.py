"""Every family by its name."""

from collections.abc import Callable, Mapping
from pathlib import Path

from tests.checkpoints import (
    idefics3,
    internvl,
    internvl_chat,
    llava,
    llava_next,
    qwen2_vl,
    qwen3_vl,
)

FAMILIES: Mapping[str, Callable[[Path, int], None]] = {
    "idefics3": idefics3.build_idefics3,
    "internvl": internvl.build,
    "internvl_chat": internvl_chat.build,
    "llava": llava.build,
    "llava_next": llava_next.build,
    "qwen2_5_vl": qwen2_vl.build_qwen2_5_vl,
    "qwen2_vl": qwen2_vl.build_qwen2_vl,
    "qwen3_vl": qwen3_vl.build,
    "smolvlm": idefics3.build_smolvlm,
}
"""Name -> what writes a checkpoint of it into a folder, from a seed."""
