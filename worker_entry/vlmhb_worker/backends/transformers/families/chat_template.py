# ruff: noqa: ARG002 - a family uses what its models need of what each is given
"""Families whose processor makes tensors of a conversation: most of what is in transformers."""

import copy
from collections import OrderedDict
from typing import Any, ClassVar, Dict, List, Optional, Sequence, Tuple

from vlmhb_worker import placed
from vlmhb_worker.backend import Generation, Page, Request
from vlmhb_worker.backends.pages import open_page
from vlmhb_worker.backends.scale import scale_to
from vlmhb_worker.backends.transformers import chat
from vlmhb_worker.backends.transformers.checkpoint import Checkpoint
from vlmhb_worker.backends.transformers.collate import collate
from vlmhb_worker.backends.transformers.family import Family, Prepared, Settings
from vlmhb_worker.backends.transformers.generate import generate
from vlmhb_worker.backends.transformers.watch import Watch

KEPT_PAGES = 8
"""Decoded pages that stay at hand: a document is asked many questions in a row."""


class ChatTemplateFamily(Family):
    """Processor and model of one kind, asked through the chat template.

    A subclass names its classes and overrides what its processor wants otherwise.
    """

    model_classes: ClassVar[Tuple[str, ...]] = ()
    """Names in transformers; the first that exists is taken."""
    image_mark: ClassVar[str] = "<image>"
    """What the chat template writes for a page, where the processor does not say so itself."""
    nests_pages: ClassVar[bool] = False
    """Whether the processor wants a list of pages for each text."""

    def load(self, checkpoint: Checkpoint) -> None:
        """Load processor and model."""
        self.checkpoint = checkpoint
        kind = library_class(*self.model_classes)
        _refuse_other(kind, checkpoint.config)
        self.processor = checkpoint.load_other(
            library_class("AutoProcessor"), **checkpoint.params["processor"]
        )
        # A copy: the processor's own is busy in another thread.
        self.tokenizer = copy.deepcopy(self.processor.tokenizer)
        self.model = checkpoint.load_model(kind)
        self.template = checkpoint.params["chat_template"] or chat.find_template(
            checkpoint.folder, self.processor, self.tokenizer
        )
        self.image_id = _image_id(self.model.config)
        self.mark = self._find_mark()
        self._chat = chat.Chat(self.processor.tokenizer, self.template, self.mark)
        self.places_pages = bool(self.template) and self._chat.keeps_order()
        self._note()
        first = self.tokenizer("x")["input_ids"][:1]
        self._adds_begin = first == [self.tokenizer.bos_token_id]
        pad = self.tokenizer.pad_token_id
        self.pad_id = int(pad if pad is not None else self.tokenizer.eos_token_id or 0)
        self._pages: OrderedDict[str, Any] = OrderedDict()

    def prepare(self, request: Request) -> Prepared:
        """The request's tensors, as the processor makes them."""
        chat.refuse_marks((self.mark,), request.prompt, request.system_prompt)
        parts = placed.parts(request, places=self.places_pages)
        pages = [self._open(page) for page in placed.pages_of(parts)]
        pages = [self.fit(page, request.generation) for page in pages]
        text = self.conversation(request.system_prompt, parts)
        made = self.process(text, pages, request.generation)
        tensors = {name: value for name, value in made.items() if hasattr(value, "new_zeros")}
        if "token_type_ids" in tensors and not self._takes("token_type_ids"):
            del tensors["token_type_ids"]
        length, image_tokens = self.count(tensors, pages)
        most = self.most_positions()
        if most is not None and length > most:
            raise ValueError(
                f"prompt and pages take {length} positions, the model was made for {most}; ask "
                "about fewer pages, or lower max_pixels"
            )
        return Prepared(
            inputs=tensors,
            length=length,
            prompt_tokens=length - image_tokens,
            image_tokens=image_tokens,
            pixels=self.shown_pixels(tensors, pages),
            key=self.key(tensors),
            size_bytes=sum(t.numel() * t.element_size() for t in tensors.values()),
        )

    def write(self, batch: Sequence[Prepared], settings: Settings, watch: Watch) -> List[str]:
        """What the model writes for each of the batch."""
        tensors = collate([one.inputs for one in batch], self.pad_id)
        inputs = {name: self._to_device(tensor) for name, tensor in tensors.items()}
        generate(self.model, inputs, self.pad_id, settings, watch)
        return [self.decode(watch.tokens(row)) for row in range(len(batch))]

    def conversation(self, system_prompt: str, parts: Sequence[placed.Part]) -> str:
        """The text that the processor is given.

        Raises:
            ValueError: there is no chat template, or it does not suit the pages.
        """
        if not self.template:
            raise ValueError(
                "the checkpoint has no chat template; give one as `chat_template` under the model "
                "file's params"
            )
        return self._chat.render(system_prompt.strip(), parts)[0]

    def process(self, text: str, pages: List[Any], generation: Generation) -> Any:
        """What the processor makes of a conversation and its pages."""
        begin = self.tokenizer.bos_token
        if begin and text.startswith(begin) and self._adds_begin:
            text = text[len(begin) :]
        if not pages:
            return self.processor(text=[text], images=None, return_tensors="pt")
        return self.processor(
            text=[text],
            images=[pages] if self.nests_pages else pages,
            return_tensors="pt",
            **self.image_options(generation, pages),
        )

    def fit(self, page: Any, generation: Generation) -> Any:
        """The page within the request's pixels; families that scale pages themselves leave it."""
        return scale_to(page, generation.min_pixels, generation.max_pixels)

    def image_options(self, generation: Generation, pages: Sequence[Any]) -> Dict[str, Any]:
        """More arguments for the processor, e.g. `images_kwargs`."""
        return {}

    def shown_pixels(self, tensors: Dict[str, Any], pages: Sequence[Any]) -> int:
        """Of the largest page as the model sees it; 0 when a smaller one would save nothing."""
        return max((page.width * page.height for page in pages), default=0)

    def key(self, tensors: Dict[str, Any]) -> Any:
        """What requests must have in common to share a batch."""
        return ()

    def count(self, tensors: Dict[str, Any], pages: Sequence[Any]) -> Tuple[int, int]:
        """(positions of the whole question in the language model, those of its pages)."""
        ids = tensors["input_ids"]
        image_tokens = int((ids == self.image_id).sum()) if self.image_id is not None else 0
        return int(ids.shape[1]), image_tokens

    def _note(self) -> None:
        """Record what else decides an answer: processors of one checkpoint differ by version."""
        images = getattr(self.processor, "image_processor", None)
        self.facts = {
            "processor": type(self.processor).__name__,
            "image processor": type(images).__name__,
        }
        if self.template:
            _, has_system = self._chat.render("Be brief.", (Page(""), "Read."))
            place = "a turn of its own" if has_system else "before the prompt"
            self.facts["system prompt"] = place

    def _find_mark(self) -> str:
        """What the chat template writes for a page."""
        processor = self.processor
        marks = [getattr(processor, name, None) for name in ("image_token", "boi_token")]
        if self.image_id is not None:
            marks.append(self.tokenizer.convert_ids_to_tokens(self.image_id))
        # An AddedToken holds its text in `content`.
        texts = [str(getattr(mark, "content", mark)) for mark in marks if mark]
        return chat.find_mark(self.tokenizer, self.template, [*texts, self.image_mark])

    def most_positions(self) -> Optional[int]:
        """How long a question may be: beyond it the model writes noise, without a word."""
        config = self.model.config
        text = getattr(config, "text_config", config)
        most = getattr(text, "max_position_embeddings", None)
        scaling = getattr(text, "rope_scaling", None) or {}
        return None if most is None else int(most * max(1, scaling.get("factor") or 1))

    def _takes(self, name: str) -> bool:
        import inspect

        return name in inspect.signature(self.model.forward).parameters

    def _to_device(self, tensor: Any) -> Any:
        if tensor.is_floating_point():
            return tensor.to(self.model.device, self.model.dtype)
        return tensor.to(self.model.device)

    def _open(self, page: Page) -> Any:
        if page.sha256 in self._pages:
            self._pages.move_to_end(page.sha256)
            return self._pages[page.sha256]
        opened = open_page(page)
        if page.sha256:
            self._pages[page.sha256] = opened
            if len(self._pages) > KEPT_PAGES:
                self._pages.popitem(last=False)
        return opened


def library_class(*names: str) -> Any:
    """The first of these that the env's transformers has.

    Raises:
        ImportError: it has none of them.
    """
    import transformers

    for name in names:
        found = getattr(transformers, name, None)
        if found is not None:
            return found
    raise ImportError(
        f"transformers {transformers.__version__} has no {' and no '.join(names)}: "
        "the model needs an env with another version of it"
    )


def _refuse_other(kind: Any, config: Dict[str, Any]) -> None:
    """The library would warn, and make a model of its default size with random weights."""
    made_for = getattr(getattr(kind, "config_class", None), "model_type", None)
    found = config.get("model_type")
    if made_for and found and made_for != found:
        raise ValueError(
            f"config.json says model_type {found!r}, and {kind.__name__} is for {made_for!r}: "
            "leave `family` out of the model file's params, or name another"
        )


def _image_id(config: Any) -> Optional[int]:
    for name in ("image_token_id", "image_token_index"):
        found = getattr(config, name, None)
        if found is not None:
            return int(found)
    return None
