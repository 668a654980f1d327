"""InternVL by the code that comes with its weights: 1.5 to 3, in the format of their authors."""

import sys
from typing import Any, ClassVar, Dict, List, Sequence, Tuple

from vlmhb_worker.backend import Generation, Request
from vlmhb_worker.backends.transformers.checkpoint import Checkpoint
from vlmhb_worker.backends.transformers.families.own_code import OwnCodeFamily
from vlmhb_worker.backends.transformers.families.tiles import cut, tile_grid
from vlmhb_worker.backends.transformers.family import Prepared, Settings
from vlmhb_worker.backends.transformers.generate import watched
from vlmhb_worker.backends.transformers.watch import Watch

IMAGE_MARK = "<image>"
BEGIN, FILL, END = "<img>", "<IMG_CONTEXT>", "</img>"
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""Of ImageNet, which its vision tower was trained with."""


class InternVlChatFamily(OwnCodeFamily):
    """InternVL 1.5 to 3."""

    model_class: ClassVar[str] = "AutoModel"
    tokenizer_options: ClassVar[Dict[str, Any]] = {"use_fast": False}
    marks: ClassVar[Tuple[str, ...]] = (IMAGE_MARK, BEGIN, FILL, END)

    def load(self, checkpoint: Checkpoint) -> None:
        """Load tokenizer and model; the language model below writes."""
        super().load(checkpoint)
        self.whole.img_context_token_id = self.tokenizer.convert_tokens_to_ids(FILL)
        self.model = self.whole.language_model
        template = self._template()
        self._end_id = int(self.tokenizer.convert_tokens_to_ids(template.sep.strip()))
        self.end_answers_at(self._end_id)
        config = self.whole.config
        self._side_px = int(config.force_image_size or config.vision_config.image_size)

    def prepare_pages(self, request: Request, pages: List[Any]) -> Prepared:
        """Squares of every page, and the conversation with as many fillers as they take."""
        squares = [self._squares(page, request.generation) for page in pages]
        text = self._conversation(request, len(pages))
        for page_squares in squares:
            fill = FILL * (int(self.whole.num_image_token) * len(page_squares))
            text = text.replace(IMAGE_MARK, f"{BEGIN}{fill}{END}", 1)
        ids = self.tokenizer(text, return_tensors="pt")["input_ids"]
        image_tokens = int((ids == self.whole.img_context_token_id).sum())
        pixels = self._pixels([square for page_squares in squares for square in page_squares])
        shown = max((len(page_squares) for page_squares in squares), default=0)
        return Prepared(
            inputs={"ids": ids, "pixels": pixels},
            length=int(ids.shape[1]),
            prompt_tokens=int(ids.shape[1]) - image_tokens,
            image_tokens=image_tokens,
            pixels=shown * self._side_px * self._side_px,
            size_bytes=0 if pixels is None else pixels.numel() * pixels.element_size(),
        )

    def write(self, batch: Sequence[Prepared], settings: Settings, watch: Watch) -> List[str]:
        """What the language model writes."""
        import torch

        [one] = batch
        ids, pixels = one.inputs["ids"].to(self.model.device), one.inputs["pixels"]
        if pixels is not None:
            pixels = pixels.to(self.model.device, self.model.dtype)
        with watched(self.model, settings, watch):
            self.whole.generate(
                pixel_values=pixels,
                input_ids=ids,
                attention_mask=torch.ones_like(ids),
                pad_token_id=self.tokenizer.pad_token_id,
            )
        written = [token for token in watch.tokens(0) if token != self._end_id]
        return [self.decode(written)]

    def _template(self) -> Any:
        """A new conversation, by the model's own code."""
        code = sys.modules[type(self.whole).__module__]
        return code.get_conv_template(self.whole.template)

    def _conversation(self, request: Request, pages: int) -> str:
        """The question in the model's own template."""
        template = self._template()
        template.system_message = request.system_prompt.strip() or self.whole.system_message
        if pages == 1:
            marks = f"{IMAGE_MARK}\n"
        else:
            marks = "".join(f"Image-{number}: {IMAGE_MARK}\n" for number in range(1, pages + 1))
        template.append_message(template.roles[0], f"{marks}{request.prompt}")
        template.append_message(template.roles[1], None)
        return str(template.get_prompt())

    def _squares(self, page: Any, generation: Generation) -> List[Any]:
        config = self.whole.config
        most, least = int(config.max_dynamic_patch), int(config.min_dynamic_patch)
        square_pixels = self._side_px * self._side_px
        if generation.max_pixels is not None:
            most = max(1, min(most, generation.max_pixels // square_pixels))
        if generation.min_pixels is not None:
            least = max(least, generation.min_pixels // square_pixels)
        grid = tile_grid(page.size, min(least, most), most, self._side_px)
        return cut(page, grid, self._side_px, overview=bool(config.use_thumbnail))

    def _pixels(self, squares: List[Any]) -> Any:
        """Shape (squares, 3, side, side); None when there are none."""
        import numpy
        import torch

        if not squares:
            return None
        colours = torch.from_numpy(numpy.stack([numpy.asarray(square) for square in squares]))
        colours = colours.permute(0, 3, 1, 2).float() / 255
        mean, std = (torch.tensor(values).view(3, 1, 1) for values in (MEAN, STD))
        return (colours - mean) / std
