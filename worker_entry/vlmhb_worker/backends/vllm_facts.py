"""What vLLM says about itself that belongs to an evaluation."""

from typing import Any, Dict


def facts_of(config: Any) -> Dict[str, str]:
    """Versions, and what vLLM made of the arguments it was given."""
    import torch
    import transformers
    import vllm

    model, cache = config.model_config, config.cache_config
    return {
        "vllm": vllm.__version__,
        "torch": torch.__version__,
        "transformers": transformers.__version__,
        "device": str(config.device_config.device_type),
        "dtype": str(model.dtype),
        "quantization": str(model.quantization or "none"),
        "attention": attention_backend(config),
        "max_model_len": str(model.max_model_len),
        "max_num_seqs": str(config.scheduler_config.max_num_seqs),
        "kv_cache_tokens": str((cache.num_gpu_blocks or 0) * cache.block_size),
        "kv_cache_dtype": str(cache.cache_dtype),
        "prefix_caching": str(cache.enable_prefix_caching),
        "tensor_parallel_size": str(config.parallel_config.tensor_parallel_size),
    }


def attention_backend(config: Any) -> str:
    """The name of the attention that the engine chose for the language model."""
    from vllm.config import set_current_vllm_config
    from vllm.v1.attention.selector import get_attn_backend

    model = config.model_config
    with set_current_vllm_config(config):
        backend = get_attn_backend(
            model.get_head_size(), model.dtype, config.cache_config.cache_dtype
        )
    return str(backend.get_name())
