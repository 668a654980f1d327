"""A small model that is asked as InternVL is."""

from typing import Any

import torch
from torch import nn
from transformers import LlamaForCausalLM, PreTrainedModel

from .configuration_own import OwnConfig  # noqa: TID252 - it knows the files beside it alone
from .conversation import get_conv_template  # noqa: TID252

TOKENS_PER_SIDE = 2


class OwnModel(PreTrainedModel):  # type: ignore[misc]
    """Every square of a page becomes four tokens: the colours of its quarters."""

    config_class = OwnConfig
    template = "own"
    num_image_token = TOKENS_PER_SIDE**2

    def __init__(self, config: OwnConfig) -> None:
        super().__init__(config)
        self.system_message = get_conv_template("own").system_message
        self.language_model = LlamaForCausalLM(config.language())
        self.eye = nn.Linear(3, self.language_model.config.hidden_size)
        self.img_context_token_id: int | None = None

    def generate(self, pixel_values: Any, input_ids: Any, attention_mask: Any, **rest: Any) -> Any:
        """The ids that the language model writes."""
        embeddings = self.language_model.get_input_embeddings()(input_ids)
        if pixel_values is not None:
            quarters = nn.functional.adaptive_avg_pool2d(pixel_values, TOKENS_PER_SIDE)
            seen = self.eye(quarters.flatten(2).transpose(1, 2)).flatten(0, 1)
            is_page = input_ids == self.img_context_token_id
            embeddings = embeddings.masked_scatter(is_page[..., None], seen.to(embeddings.dtype))
        assert isinstance(embeddings, torch.Tensor)
        return self.language_model.generate(
            inputs_embeds=embeddings, attention_mask=attention_mask, **rest
        )
