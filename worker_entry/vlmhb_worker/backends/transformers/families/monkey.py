"""Monkey-Chat: Qwen-VL's code with the page in five parts, asked in one fixed sentence."""

from typing import ClassVar, List, Optional, Sequence

from vlmhb_worker.backend import Request
from vlmhb_worker.backends.transformers.families.qwen_vl_chat import QwenVlChatFamily


class MonkeyFamily(QwenVlChatFamily):
    """Monkey and Monkey-Chat. A page becomes 896 x 896 pixels and 1280 tokens."""

    most_pages: ClassVar[Optional[int]] = 1
    has_system_turn: ClassVar[bool] = False

    def question(self, request: Request, paths: Sequence[str]) -> List[int]:
        """The tokens of the sentence that Monkey's own scripts ask with."""
        marks = "".join(f"<img>{path}</img> " for path in paths)
        text = f"{marks}{self.prompt_of(request)} Answer: "
        return list(self.tokenizer(text)["input_ids"])
