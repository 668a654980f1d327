"""Which family a checkpoint is of."""

import difflib
import importlib
from typing import Any, Dict

from vlmhb_worker.backends.transformers.family import Family

_HERE = "vlmhb_worker.backends.transformers.families"

FAMILIES = {
    "generic": f"{_HERE}.generic:GenericFamily",
    "idefics3": f"{_HERE}.idefics3:Idefics3Family",
    "internvl": f"{_HERE}.internvl:InternVlFamily",
    "internvl_chat": f"{_HERE}.internvl_chat:InternVlChatFamily",
    "llava": f"{_HERE}.llava:LlavaFamily",
    "llava_next": f"{_HERE}.llava_next:LlavaNextFamily",
    "minicpm_v": f"{_HERE}.minicpm_v:MiniCpmVFamily",
    "monkey": f"{_HERE}.monkey:MonkeyFamily",
    "mplug_owl2": f"{_HERE}.mplug_owl2:MplugOwl2Family",
    "phi3_vision": f"{_HERE}.phi3_vision:Phi3VisionFamily",
    "qwen2_5_vl": f"{_HERE}.qwen_vl:Qwen25VlFamily",
    "qwen2_vl": f"{_HERE}.qwen_vl:Qwen2VlFamily",
    "qwen3_vl": f"{_HERE}.qwen_vl:Qwen3VlFamily",
    "qwen3_vl_moe": f"{_HERE}.qwen_vl:Qwen3VlMoeFamily",
    "qwen_vl_chat": f"{_HERE}.qwen_vl_chat:QwenVlChatFamily",
    "smolvlm": f"{_HERE}.idefics3:SmolVlmFamily",
    "xcomposer": f"{_HERE}.xcomposer:XComposerFamily",
    "xcomposer2": f"{_HERE}.xcomposer2:XComposer2Family",
}
"""Name in a model file -> `module:Class`."""

BY_CONFIG = {
    **{name: name for name in FAMILIES if name != "generic"},
    "InternLMXComposer2ForCausalLM": "xcomposer2",
    "InternLMXComposerForCausalLM": "xcomposer",
    "MiniCPMV": "minicpm_v",
    "MonkeyLMHeadModel": "monkey",
    "Phi3VForCausalLM": "phi3_vision",
    "QWenLMHeadModel": "qwen_vl_chat",
}
"""`model_type` or architecture in config.json -> family.

An architecture is looked up first: families whose code comes with the weights often share the
model_type of the language model below them.
"""


def family_name(wanted: str, config: Dict[str, Any]) -> str:
    """The family that the model file wants, else the one that config.json speaks of.

    `generic` when it speaks of none that is known here.
    """
    if wanted:
        return wanted
    hints = [*(config.get("architectures") or ()), config.get("model_type")]
    return next((BY_CONFIG[hint] for hint in hints if hint in BY_CONFIG), "generic")


def make_family(name: str) -> Family:
    """A new family, not loaded yet; `name` is one of `FAMILIES` or `module:Class`.

    Raises:
        ValueError: no family has this name.
        TypeError: the class is no Family.
    """
    place = FAMILIES.get(name, name)
    module_name, colon, class_name = place.partition(":")
    if not colon:
        raise ValueError(_unknown(name))
    family = getattr(importlib.import_module(module_name), class_name)()
    if not isinstance(family, Family):
        raise TypeError(f"{place} is no subclass of {Family.__module__}.{Family.__name__}")
    return family


def _unknown(name: str) -> str:
    near = difflib.get_close_matches(name, FAMILIES, n=1)
    hint = f'; did you mean "{near[0]}"?' if near else ""
    return f'unknown family "{name}"{hint} Known: {", ".join(sorted(FAMILIES))}, or `module:Class`'
