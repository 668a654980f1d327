"""One call of a model's `generate`, greedy unless asked otherwise."""

import copy
from contextlib import contextmanager
from typing import Any, Dict, Iterator, Set

from vlmhb_worker.backends.transformers.checkpoint import library_version
from vlmhb_worker.backends.transformers.family import Settings
from vlmhb_worker.backends.transformers.watch import Watch

ADVICE = (
    "do_sample",
    "temperature",
    "top_p",
    "top_k",
    "top_h",
    "min_p",
    "typical_p",
    "epsilon_cutoff",
    "eta_cutoff",
    "repetition_penalty",
    "encoder_repetition_penalty",
    "length_penalty",
    "no_repeat_ngram_size",
    "encoder_no_repeat_ngram_size",
    "exponential_decay_length_penalty",
    "renormalize_logits",
    "num_beams",
    "num_beam_groups",
    "num_return_sequences",
    "diversity_penalty",
    "penalty_alpha",
    "early_stopping",
    "max_length",
    "max_new_tokens",
    "min_length",
    "min_new_tokens",
    "max_time",
)
"""What a checkpoint's generation_config may say about how to choose words and when to stop.

All of it is put back to the library's defaults: two models are compared by what they find most
likely, not by their authors' advice. A repetition penalty also counts the padding of a batch, so
that an answer would depend on its batch mates.
"""


def forget_advice(model: Any) -> Dict[str, str]:
    """Make the model's own generation_config plain greedy; what it said, for the record."""
    import transformers

    said = getattr(model, "generation_config", None)
    if said is None:
        return {}
    plain = copy.deepcopy(said)
    defaults = transformers.GenerationConfig()
    forgotten = {}
    for name in ADVICE:
        default = getattr(defaults, name, None)
        if hasattr(plain, name) and getattr(plain, name) != default:
            forgotten[name] = getattr(plain, name)
            setattr(plain, name, default)
    # Else transformers before 4.39 would read it from config.json again.
    plain._from_model_config = False  # noqa: SLF001 - there is no other way to say it
    model.generation_config = plain
    if not forgotten:
        return {}
    return {"generation_config ignored": ", ".join(f"{k}={v}" for k, v in forgotten.items())}


def end_ids(model: Any, tokenizer: Any = None) -> Set[int]:
    """The tokens that end an answer."""
    config = getattr(model, "generation_config", None)
    ends = getattr(config, "eos_token_id", None)
    if ends is None:
        ends = getattr(tokenizer, "eos_token_id", None)
    if ends is None:
        return set()
    return {int(end) for end in ends} if isinstance(ends, (list, tuple)) else {int(ends)}


def generate(
    model: Any, inputs: Dict[str, Any], pad_id: int, settings: Settings, watch: Watch
) -> None:
    """Let the model write; `watch` has seen what, and for how long."""
    import torch

    if settings.is_sampled:
        torch.manual_seed(settings.seed)
    watch.start()
    written = model.generate(
        **inputs,
        pad_token_id=pad_id,
        stopping_criteria=watch.as_list(),
        **settings.options(),
    )
    watch.finish(written)


def can_stop_rows() -> bool:
    """Whether this transformers asks its stopping criteria for each row."""
    return library_version() >= (4, 39)


@contextmanager
def watched(model: Any, settings: Settings, watch: Watch) -> Iterator[None]:
    """While it lasts, every `model.generate` is watched and follows the settings.

    For code that comes with the weights and calls `generate` with words of its own.
    """
    import torch

    own = model.generate

    def generate_watched(*args: Any, **options: Any) -> Any:
        options.update(settings.options(), stopping_criteria=watch.as_list())
        written = own(*args, **options)
        watch.finish(written)
        return written

    if settings.is_sampled:
        torch.manual_seed(settings.seed)
    model.generate = generate_watched
    watch.start()
    try:
        yield
    finally:
        del model.generate
