"""A model as a plain script asks it: one page, one prompt, greedy."""

import json
from pathlib import Path

import torch
import transformers
from PIL import Image

from tests.bench.gpu.job import Job

FIRST_SIDE_PX = 336


class PlainModel:
    """The checkpoint of a job, loaded with what transformers has for everybody.

    Args:
        job: names a checkpoint whose class is in transformers.
    """

    def __init__(self, job: Job) -> None:
        folder = Path(job.checkpoint)
        self._processor = transformers.AutoProcessor.from_pretrained(folder)
        kind = json.loads((folder / "config.json").read_text(encoding="utf-8"))["architectures"][0]
        # transformers 4 knows no other word for it, 5 takes it too.
        wanted = {"torch_dtype": getattr(torch, job.dtype)}
        if job.device == "cuda":
            wanted["device_map"] = {"": "cuda:0"}
        self._model = getattr(transformers, kind).from_pretrained(folder, **wanted).eval()
        said = self._model.generation_config
        # What the authors advise (a repetition penalty, say) is other work than greedy decoding.
        self._model.generation_config = transformers.GenerationConfig(
            eos_token_id=said.eos_token_id,
            pad_token_id=self._processor.tokenizer.pad_token_id,
        )
        # What libraries import and set up for the first call is loading, as it is for vlmhb.
        self._write(Image.new("RGB", (FIRST_SIDE_PX, FIRST_SIDE_PX), "white"), "Read.", 1)
        self._most = job.max_new_tokens
        self.tokens = 0
        """Written in all answers."""

    def answer(self, page: str, prompt: str) -> str:
        """What it writes about the picture in the file `page`."""
        new = self._write(Image.open(page).convert("RGB"), prompt, self._most)
        self.tokens += len(new)
        return str(self._processor.tokenizer.decode(new, skip_special_tokens=True)).strip()

    def facts(self) -> dict[str, str]:
        """What answered."""
        on_gpu = self._model.device.type == "cuda"
        return {
            "device": torch.cuda.get_device_name() if on_gpu else "CPU",
            "dtype": str(self._model.dtype),
            "parameters": f"{sum(one.numel() for one in self._model.parameters()) / 1e9:.2g} B",
            "torch": torch.__version__,
            "transformers": transformers.__version__,
        }

    def _write(self, picture: Image.Image, prompt: str, most: int) -> list[int]:
        """The tokens of an answer."""
        content = [{"type": "image"}, {"type": "text", "text": prompt}]
        text = self._processor.apply_chat_template(
            [{"role": "user", "content": content}], add_generation_prompt=True
        )
        inputs = self._processor(text=text, images=[picture], return_tensors="pt")
        inputs = inputs.to(self._model.device, self._model.dtype)
        with torch.inference_mode():
            written = self._model.generate(**inputs, max_new_tokens=most, do_sample=False)
        tokens: list[int] = written[0, inputs["input_ids"].shape[1] :].tolist()
        return tokens
