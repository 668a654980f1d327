"""Families whose code comes with the weights, or in a package of their own.

One request at a time: their code knows no batches, or pads them wrongly.
"""

import copy
from typing import Any, ClassVar, Dict, List, Optional, Sequence, Tuple

from vlmhb_worker.backend import Request
from vlmhb_worker.backends.pages import open_page
from vlmhb_worker.backends.transformers import chat
from vlmhb_worker.backends.transformers.checkpoint import Checkpoint
from vlmhb_worker.backends.transformers.families.code_files import importable
from vlmhb_worker.backends.transformers.family import Family, Prepared
from vlmhb_worker.backends.transformers.generate import end_ids


class OwnCodeFamily(Family):
    """What those families have in common; a subclass writes the question in its model's words."""

    batches = False
    model_class: ClassVar[str] = "AutoModelForCausalLM"
    tokenizer_options: ClassVar[Dict[str, Any]] = {}
    marks: ClassVar[Tuple[str, ...]] = ()
    """Texts that the model's code would take for a page or for the end of a turn."""
    most_pages: ClassVar[Optional[int]] = None
    """None: as many as fit the model's context."""
    has_system_turn: ClassVar[bool] = True
    comes_with_weights: ClassVar[bool] = True
    """Whether its code does, rather than in a package that the env holds."""

    def load(self, checkpoint: Checkpoint) -> None:
        """Load tokenizer and model."""
        import transformers

        self.facts = {}
        if not self.has_system_turn:
            self.facts["system prompt"] = "before the prompt: the model has no place for it"
        if self.comes_with_weights:
            checkpoint = importable(checkpoint)
            # A tokenizer would say less plainly that its code may not run.
            checkpoint.load_other(transformers.AutoConfig)
        self.checkpoint = checkpoint
        self.tokenizer = checkpoint.load_other(transformers.AutoTokenizer, **self.tokenizer_options)
        # A copy: the answer that is read while a question is made must not share a tokenizer.
        self.decoder = copy.deepcopy(self.tokenizer)
        self.whole = self.load_whole(checkpoint)
        self.model = self.whole

    def load_whole(self, checkpoint: Checkpoint) -> Any:
        """The model with everything that belongs to it."""
        import transformers

        return checkpoint.load_model(getattr(transformers, self.model_class))

    def end_answers_at(self, *tokens: int) -> None:
        """End them at these tokens too, which the checkpoint itself does not name."""
        known = end_ids(self.model, self.tokenizer)
        self.model.generation_config.eos_token_id = sorted(known.union(tokens))

    def prepare(self, request: Request) -> Prepared:
        """The question, its pages decoded.

        Raises:
            PageError: a page cannot be decoded.
            ValueError: too many pages, or a mark of the model in the prompt.
        """
        chat.refuse_marks(self.marks, request.prompt, request.system_prompt)
        most = self.most_pages
        if most is not None and len(request.pages) > most:
            raise ValueError(
                f"this model was made for {most} page a question, got {len(request.pages)}"
            )
        return self.prepare_pages(request, [open_page(page) for page in request.pages])

    def prepare_pages(self, request: Request, pages: List[Any]) -> Prepared:
        """The question about these PIL images."""
        raise NotImplementedError

    def decode(self, tokens: List[int]) -> str:
        """The text that these tokens spell."""
        text = self.decoder.decode(
            tokens, skip_special_tokens=True, clean_up_tokenization_spaces=False
        )
        return str(text).strip()

    def prompt_of(self, request: Request) -> str:
        """The prompt, with the system prompt before it where the model has no place for one."""
        if self.has_system_turn or not request.system_prompt.strip():
            return request.prompt
        return f"{request.system_prompt.strip()}\n\n{request.prompt}"


def pixels_bytes(pages: Sequence[Any]) -> int:
    """What PIL images in mode RGB occupy."""
    return sum(3 * page.width * page.height for page in pages)
