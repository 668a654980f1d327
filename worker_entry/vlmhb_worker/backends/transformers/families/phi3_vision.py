"""Phi-3-vision and Phi-3.5-vision: numbered pages, cut into squares of 336 pixels."""

from typing import Any, ClassVar, Dict, List, Sequence, Tuple

from vlmhb_worker.backend import Request
from vlmhb_worker.backends.transformers.checkpoint import Checkpoint
from vlmhb_worker.backends.transformers.families.own_code import OwnCodeFamily
from vlmhb_worker.backends.transformers.family import Prepared, Settings
from vlmhb_worker.backends.transformers.generate import generate
from vlmhb_worker.backends.transformers.watch import Watch

TILE_PIXELS = 336 * 336
TURN_END = "<|end|>"


class Phi3VisionFamily(OwnCodeFamily):
    """Phi-3-vision and Phi-3.5-vision, by the code that comes with their weights."""

    marks: ClassVar[Tuple[str, ...]] = ("<|image_", TURN_END)

    def load(self, checkpoint: Checkpoint) -> None:
        """Load tokenizer, processor and model."""
        super().load(checkpoint)
        # Its generation_config does not name both in every release.
        self.end_answers_at(
            int(self.tokenizer.convert_tokens_to_ids(TURN_END)), int(self.tokenizer.eos_token_id)
        )

    def load_whole(self, checkpoint: Checkpoint) -> Any:
        """The model, and the processor with how many squares a page may have."""
        import transformers

        self._processor = checkpoint.load_other(
            transformers.AutoProcessor, **checkpoint.params["processor"]
        )
        self._own_tiles = int(self._processor.image_processor.num_crops)
        config = checkpoint.load_other(transformers.AutoConfig)
        # Else its config.json would decide, which asks for flash-attn.
        config._attn_implementation = checkpoint.attention  # noqa: SLF001 - it has no other name
        return checkpoint.load_model(transformers.AutoModelForCausalLM, config=config)

    def prepare_pages(self, request: Request, pages: List[Any]) -> Prepared:
        """Tensors of the conversation; the processor scales every page up to its squares."""
        tiles = self._own_tiles
        if request.generation.max_pixels is not None:
            tiles = max(1, min(tiles, request.generation.max_pixels // TILE_PIXELS))
        # It takes no such argument; `prepare` runs in one thread.
        self._processor.image_processor.num_crops = tiles
        made = self._processor(
            self._conversation(request, len(pages)), pages or None, return_tensors="pt"
        )
        # Pages have negative numbers where words have ids.
        image_tokens = int((made["input_ids"] < 0).sum())
        length = int(made["input_ids"].shape[1])
        return Prepared(
            inputs=dict(made),
            length=length,
            prompt_tokens=length - image_tokens,
            image_tokens=image_tokens,
            pixels=int(made["image_sizes"].prod(dim=1).max()) if pages else 0,
            size_bytes=sum(part.numel() * part.element_size() for part in made.values()),
        )

    def write(self, batch: Sequence[Prepared], settings: Settings, watch: Watch) -> List[str]:
        """What the model writes."""
        [one] = batch
        inputs = {name: self._placed(tensor) for name, tensor in one.inputs.items()}
        # Its code overwrites the ids that it is given.
        inputs["input_ids"] = inputs["input_ids"].clone()
        generate(self.model, inputs, self.tokenizer.eos_token_id, settings, watch)
        return [self.decode(watch.tokens(0))]

    def _conversation(self, request: Request, pages: int) -> str:
        """By the chat template, with a numbered mark for each page on a line before the prompt."""
        marks = "".join(f"<|image_{number}|>\n" for number in range(1, pages + 1))
        turns = [{"role": "user", "content": f"{marks}{request.prompt}"}]
        if request.system_prompt.strip():
            turns.insert(0, {"role": "system", "content": request.system_prompt.strip()})
        options: Dict[str, Any] = {"tokenize": False, "add_generation_prompt": True}
        if self.checkpoint.params["chat_template"]:
            options["chat_template"] = self.checkpoint.params["chat_template"]
        return str(self.tokenizer.apply_chat_template(turns, **options))

    def _placed(self, tensor: Any) -> Any:
        if tensor.is_floating_point():
            return tensor.to(self.model.device, self.model.dtype)
        return tensor.to(self.model.device)
