"""MiniCPM-V 2.6: pages in slices, made by the processor that comes with the weights."""

from typing import Any, ClassVar, List, Sequence, Tuple

from vlmhb_worker.backend import Request
from vlmhb_worker.backends.transformers.checkpoint import Checkpoint
from vlmhb_worker.backends.transformers.families.own_code import OwnCodeFamily
from vlmhb_worker.backends.transformers.family import Prepared, Settings
from vlmhb_worker.backends.transformers.generate import watched
from vlmhb_worker.backends.transformers.watch import Watch

IMAGE_MARK = "(<image>./</image>)"


class MiniCpmVFamily(OwnCodeFamily):
    """MiniCPM-V 2.6."""

    model_class: ClassVar[str] = "AutoModel"
    marks: ClassVar[Tuple[str, ...]] = ("<image>", "</image>", "<slice>", "</slice>", "<|im_end|>")

    def load(self, checkpoint: Checkpoint) -> None:
        """Load processor and model; the language model below writes."""
        import torch
        import transformers

        # Its resampler takes the name from there, where torch had it up to 2.6.
        torch.nn.functional.__dict__.setdefault("List", List)
        super().load(checkpoint)
        self.processor = checkpoint.load_other(transformers.AutoProcessor)
        self.model = self.whole.llm
        ends = [self.tokenizer.convert_tokens_to_ids(text) for text in self.whole.terminators]
        self.end_answers_at(*map(int, ends))
        self._own_slices = int(self.whole.config.slice_config.max_slice_nums)

    def prepare_pages(self, request: Request, pages: List[Any]) -> Prepared:
        """Tensors of the conversation; unlike `chat`, nothing is cut off a long one."""
        asked = "\n".join([*([IMAGE_MARK] * len(pages)), request.prompt])
        turns = [{"role": "user", "content": asked}]
        if request.system_prompt.strip():
            turns.insert(0, {"role": "system", "content": request.system_prompt.strip()})
        text = self.processor.tokenizer.apply_chat_template(
            turns, tokenize=False, add_generation_prompt=True
        )
        made = dict(self.processor([text], [pages], max_slice_nums=self._slices(request)))
        made.pop("image_sizes", None)
        length = int(made["input_ids"].shape[1])
        image_tokens = len(made["image_bound"][0]) * int(self.whole.config.query_num)
        slices = made["pixel_values"][0]
        patches = sum(int(part.shape[1] * part.shape[2]) for part in slices)
        return Prepared(
            inputs=made,
            length=length,
            prompt_tokens=length - image_tokens,
            image_tokens=image_tokens,
            pixels=patches // len(pages) if pages else 0,
            size_bytes=sum(part.numel() * part.element_size() for part in slices),
        )

    def write(self, batch: Sequence[Prepared], settings: Settings, watch: Watch) -> List[str]:
        """What the language model writes."""
        [one] = batch
        inputs = {name: self._placed(value) for name, value in one.inputs.items()}
        with watched(self.model, settings, watch):
            self.whole.generate(**inputs, tokenizer=self.decoder, decode_text=False)
        return [self.decode(watch.tokens(0))]

    def _slices(self, request: Request) -> int:
        """As many as the page's pixels come to, and the model's own number at most."""
        most = request.generation.max_pixels
        if most is None:
            return self._own_slices
        side_px = int(self.whole.config.slice_config.scale_resolution)
        return max(1, min(self._own_slices, most // (side_px * side_px)))

    def _placed(self, value: Any) -> Any:
        """Tensors within lists too, on the model's device."""
        if isinstance(value, (list, tuple)):
            return [self._placed(part) for part in value]
        return value.to(self.model.device) if hasattr(value, "to") else value
