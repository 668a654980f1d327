"""A run without a run file: models, a folder of documents and what to ask about them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from vlmhb.config.load import load_models, refuse_settings
from vlmhb.config.overrides import NO_OVERRIDES, Overrides
from vlmhb.datasets.document_truth import Expected
from vlmhb.datasets.folder_of_documents import DPI, EACH, look
from vlmhb.domain.digest import Json
from vlmhb.domain.error_limit import USUAL_LIMIT
from vlmhb.domain.gpu_choice import ALL_GPUS
from vlmhb.domain.prompt import PromptSet, PromptText, one_prompt
from vlmhb.domain.run import PREFETCH, RunConfig
from vlmhb.domain.sandbox import AUTO
from vlmhb.domain.task import AnswerKind, DatasetRef, Generation, Task
from vlmhb.errors import UsageError

TEXT_PROMPT = (
    "Read all the text on {% if n_pages > 1 %}these pages{% else %}this page{% endif %},"
    " line by line from top to bottom.\nAnswer with the text only."
)
FIELDS_PROMPT = (
    "Answer with the data of this document as JSON.\n"
    "{% if question %}Use exactly this structure, with as many entries in a list as there are:\n"
    "{{ question }}\n{% endif %}"
    "Copy values exactly as they are printed. Answer with the JSON only."
)
MAX_NEW_TOKENS = 2048

TEXT_METRICS = ("cer_ci", "cer", "wer_ci", "wer")
FIELDS_METRICS = ("kie_f1", "kie_f1_typed", "json_valid", "json_repaired")
_METRICS: Mapping[Expected, Mapping[AnswerKind, tuple[str, ...]]] = {
    Expected.TEXT: {AnswerKind.PAGE_TEXT: TEXT_METRICS, AnswerKind.REPLY: TEXT_METRICS},
    Expected.JSON: {AnswerKind.PAGE_TEXT: ("values_found",), AnswerKind.REPLY: FIELDS_METRICS},
    Expected.NONE: {AnswerKind.PAGE_TEXT: ("answered",), AnswerKind.REPLY: ("answered",)},
}
_UNWANTED = re.compile(r"[^\w.-]+")


@dataclass(frozen=True, slots=True)
class Documents:
    """What the command line says about a folder of documents."""

    folder: Path
    prompt: str = ""
    """Sent as it is; empty asks for the text, or for the fields of the expected JSON."""
    system_prompt: str = ""
    max_pages: int | None = None
    """Of each document; None takes all."""
    dpi: int = DPI
    """Of the pictures that are made of PDF pages."""
    pages: str = EACH
    """`each` or `together`."""
    expected: str = Expected.AUTO.value
    max_new_tokens: int = MAX_NEW_TOKENS

    @property
    def name(self) -> str:
        """Of the run and its task: the folder's."""
        return _UNWANTED.sub("-", self.folder.resolve().name).strip("-.") or "documents"

    def words(self) -> tuple[str, ...]:
        """The options that mean the same."""
        usual = Documents(self.folder)
        words = ["--documents", str(self.folder)]
        for option in OPTIONS:
            value = getattr(self, option)
            if value != getattr(usual, option):
                words += [f"--{option.replace('_', '-')}", str(value)]
        return tuple(words)


OPTIONS = ("prompt", "system_prompt", "max_pages", "dpi", "pages", "expected", "max_new_tokens")
"""Fields of Documents that are options of the command line under the same names."""


def documents_run(documents: Documents, overrides: Overrides = NO_OVERRIDES) -> RunConfig:
    """The run that asks the models of `overrides` about the documents.

    Raises:
        UsageError: there is no such folder.
        ConfigError: naming every problem of the models' files.
        DatasetError: naming every file in the folder that cannot be used.
    """
    if not documents.folder.is_dir():
        raise UsageError(
            "cannot read the documents", f"{documents.folder} is no folder", expected="a folder"
        )
    refuse_settings(overrides, "a folder of documents")
    gpus = overrides.gpus or ALL_GPUS
    models, envspecs = load_models(overrides.models or (), overrides.device, gpus=gpus)
    if documents.prompt:
        # What was typed now is meant now, whatever sets the models bring along.
        models = tuple(replace(model, prompts={}) for model in models)
    return RunConfig(
        name=documents.name,
        source=str(documents.folder),
        models=models,
        tasks=(documents_task(documents),),
        envspecs=envspecs,
        max_workers=overrides.max_workers,
        limit=overrides.limit,
        seed=0,
        filters=overrides.filters or {},
        max_errors=overrides.max_errors or USUAL_LIMIT,
        sandbox=overrides.sandbox_over(AUTO),
        shard=overrides.shard,
        gpus=gpus,
        prefetch=PREFETCH if overrides.prefetch is None else overrides.prefetch,
    )


def documents_task(documents: Documents) -> Task:
    """The task that the folder makes, with the metrics that fit the truth in it.

    Raises:
        DatasetError: naming every file in the folder that cannot be used.
    """
    _, kind = look(documents.folder, Expected(documents.expected))
    options: dict[str, Json] = {
        "dpi": documents.dpi,
        "pages": documents.pages,
        "expected": kind.value,
    }
    if documents.max_pages:
        options["max_pages"] = documents.max_pages
    return Task(
        name=documents.name,
        version="1",
        description=f"The documents in {documents.folder.resolve().name}.",
        dataset=DatasetRef(
            name=documents.name,
            format="documents",
            root=str(documents.folder.resolve()),
            annotation="",
            licence="not told",
            options=options,
        ),
        prompts=_prompts(documents, kind),
        metrics=_METRICS[kind],
        generation=Generation(max_new_tokens=documents.max_new_tokens),
    )


def _prompts(documents: Documents, kind: Expected) -> PromptSet:
    if documents.prompt:
        text = PromptText(documents.prompt, documents.system_prompt or None, is_template=False)
        return PromptSet("command-line", "1", text)
    usual = FIELDS_PROMPT if kind is Expected.JSON else TEXT_PROMPT
    return one_prompt(documents.name, "1", usual, documents.system_prompt)
