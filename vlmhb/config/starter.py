"""A first run file and task file for a dataset, with comments that say what can be changed."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import yaml

from vlmhb.config.documents import (
    FIELDS_METRICS,
    FIELDS_PROMPT,
    MAX_NEW_TOKENS,
    TEXT_METRICS,
    TEXT_PROMPT,
)
from vlmhb.datasets.recognised import Asks, Recognised


@dataclass(frozen=True, slots=True)
class _Usual:
    """How a kind of question is asked and scored where nobody says otherwise."""

    prompt: str
    reply: tuple[str, ...]
    page_text: tuple[str, ...] = ()
    max_new_tokens: int = 64
    is_set: bool = False
    """Whether `prompt` names a prompt set."""


_USUAL: Mapping[Asks, _Usual] = {
    Asks.TEXT: _Usual(TEXT_PROMPT, TEXT_METRICS, TEXT_METRICS, MAX_NEW_TOKENS),
    Asks.FIELDS: _Usual(FIELDS_PROMPT, FIELDS_METRICS, ("values_found",), MAX_NEW_TOKENS),
    Asks.QUESTIONS: _Usual(
        "{{ question }}\nAnswer with the value only, exactly as it is printed on the page.",
        ("anls", "exact_match"),
        ("field_found",),
    ),
    Asks.CHOICES: _Usual("vlmeval-mcq", ("mcq",), is_set=True),
    Asks.YES_NO: _Usual("{{ question }}\nAnswer with yes or no.", ("yes_no",)),
    Asks.CLASSES: _Usual(
        "Of which class is each of these {{ metadata.n_pages }} pages?\n{{ options }}"
        "Answer with the numbers of the classes, in the order of the pages, with commas between"
        " them.",
        ("class_accuracy", "class_f1_weighted", "class_f1_macro"),
    ),
    Asks.ORDER: _Usual(
        "These {{ metadata.n_pages }} pages of one document are not in order. In which order do"
        " they belong?\nAnswer with their numbers, counted from 1 as they are shown, with commas"
        " between them.",
        ("order_accuracy", "kendall_tau"),
    ),
}
_TRUTH = (
    "To have answers scored, put what should be read beside each document as NAME.txt or NAME.json",
    "(docs/guide/documents.md), and let `vlmhb init --force` write this file anew.",
)
_SUFFIX = {Asks.CLASSES: "-classes", Asks.ORDER: "-order"}
"""Of a task's name where a dataset makes several."""


@dataclass(frozen=True, slots=True)
class Offered:
    """A model that a starter names."""

    name: str
    why: str
    """What it is or needs."""
    is_on: bool
    """Whether it takes part; else its line is a comment."""


def reads_pages(dataset: Recognised) -> bool:
    """Whether the text of a page can be scored too, which OCR engines give."""
    return any(_usual(dataset, asks).page_text for asks in dataset.asks)


def task_files(dataset: Recognised, name: str, cwd: Path) -> dict[str, str]:
    """By its name, the text of each task file below `cwd`."""
    several = len(dataset.asks) > 1
    return {
        f"{name}{_SUFFIX[asks] if several else ''}": _task_file(dataset, asks, name, cwd)
        for asks in dataset.asks
    }


def run_file(name: str, tasks: Sequence[str], models: Sequence[Offered]) -> str:
    """The text of the run file."""
    run = shlex.quote(name)
    on = [model for model in models if model.is_on]
    off = [model for model in models if not model.is_on]
    return "\n".join(
        (
            "# Which models answer which tasks. First look at what would happen, then let it:",
            f"#   vlmhb plan {run}",
            f"#   vlmhb run {run}",
            "",
            "models:  # `vlmhb list models` names them all",
            *(f"  - {_value(model.name)}  # {_comment(model.why)}" for model in on),
            *(f"  # - {_value(model.name)}  # {_comment(model.why)}" for model in off),
            "tasks:",
            *(f"  - {_value(task)}" for task in tasks),
            "",
            "# All GPUs are used, unless it is said how many, or which: 2, or [0, 1].",
            "# gpus: 1",
            "",
            "# For a first try: so many samples of each task, spread over classes and fields.",
            "# limit: 50",
            "",
            "# Only samples with one of these values; also `question_type`, `language`, `split`.",
            "# filter: {doc_class: [invoice]}",
            "",
            "# docs/guide/configuration.md describes every key.",
            "",
        )
    )


def _usual(dataset: Recognised, asks: Asks) -> _Usual:
    usual = _USUAL[asks]
    if asks is Asks.FIELDS and dataset.has_question:
        usual = replace(usual, prompt="{{ question }}\nAnswer with the JSON only.")
    if dataset.has_targets:
        return usual
    return replace(usual, reply=("answered",), page_text=("answered",))


def _task_file(dataset: Recognised, asks: Asks, name: str, cwd: Path) -> str:
    usual = _usual(dataset, asks)
    layout = "rpo_sorting" if asks is Asks.ORDER else dataset.format
    lines = [
        "# What is asked about a dataset, and how answers are scored.",
        *(f"# Left alone: {_comment(other)}" for other in dataset.others),
        *(f"# {line}" for line in _TRUTH if layout == "documents" and not dataset.has_targets),
        'version: "1"  # change it when the task starts to mean something else',
        f"description: {_value(_description(dataset, asks))}",
        "dataset:",
        f"  name: {_value(name)}  # what results call it",
        f"  format: {layout}  # docs/guide/datasets.md",
        f"  root: {_value(_root(dataset.root, cwd))}",
        f"  annotation: {_value(dataset.annotation)}",
        "  licence: not told  # shown in the results",
    ]
    if layout != "documents":
        lines.append("  # split: test  # only the rows of this split")
    if dataset.options:
        lines.append(f"  options: {_value(dict(dataset.options))}")
    kind = "prompts" if usual.is_set else "prompt"
    lines += [
        "# What models are sent with the pages; OCR engines take no prompt. docs/guide/prompts.md",
        f"{kind}: {_block(usual.prompt)}",
        "# The first one ranks the models. `vlmhb list metrics` names them all.",
        "metrics:",
    ]
    if usual.page_text:
        lines.append(f"  page_text: [{', '.join(usual.page_text)}]  # of OCR engines")
    lines += [
        f"  reply: [{', '.join(usual.reply)}]  # of models that take a prompt",
        "generation:",
        f"  max_new_tokens: {usual.max_new_tokens}  # where an answer is cut off",
        "",
    ]
    return "\n".join(lines)


def _description(dataset: Recognised, asks: Asks) -> str:
    unscored = "" if dataset.has_targets else ", without what should be read"
    return f"{asks.value[0].upper()}{asks.value[1:]}{unscored}."


def _root(root: Path, cwd: Path) -> str:
    """As a file in configs/tasks names it; a folder elsewhere stays where it is."""
    if not root.is_relative_to(cwd):
        return str(root)
    return str(Path("../..") / root.relative_to(cwd))


def _block(text: str) -> str:
    if "\n" not in text:
        return _value(text)
    return "|-\n" + "\n".join(f"  {line}" if line else "" for line in text.split("\n"))


def _value(value: object) -> str:
    """As YAML writes it within a line."""
    whole = yaml.safe_dump(
        [value], allow_unicode=True, default_flow_style=True, width=float("inf"), sort_keys=False
    )
    return whole.strip()[1:-1]


def _comment(text: str) -> str:
    """In one line, with what no YAML file may hold spelled out."""
    return repr(" ".join(text.split()))[1:-1]
