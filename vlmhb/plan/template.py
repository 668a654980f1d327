"""Prompt templates: a part of Jinja2 that always ends and never grows without bound.

A template is text with `{{ expressions }}`, `{% if %}` and `{% for %}`. It has no assignments,
calls, includes or macros, at most two loops inside each other, and the filters of
`vlmhb.plan.sandbox`. A newline after `{% ... %}` and the spaces before it on its line are no part
of the text; nothing else is trimmed or escaped. What has no value is an error, never empty text.
"""

import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from vlmhb.domain.sample import Sample

if TYPE_CHECKING:
    import jinja2
    from jinja2 import nodes

MAX_CHARS = 200_000
"""Of a prompt as it is sent."""
MAX_LOOPS = 2
"""Inside each other."""
VARIABLES = {
    "question": "the sample's question",
    "choices": "(letter, text) pairs",
    "options": "the choices as lines, `A. text`, each with its newline",
    "hint": "the metadata's `hint`, empty where there is none",
    "doc_class": "as the dataset says",
    "question_type": "as the dataset says",
    "language": "as the dataset says, possibly empty",
    "n_pages": "how many pages are shown",
    "metadata": "what else the dataset says, by key",
}
_SINGLE = re.compile(r"\{(\w+)\}")
_STATEMENTS = ("Template", "Output", "TemplateData", "If", "For")
_VALUES = ("Name", "Const", "Tuple", "List", "Getattr", "Getitem", "Slice", "Filter", "Keyword")
_OPERATIONS = ("CondExpr", "Test", "Compare", "Operand", "And", "Or", "Not", "Add", "Sub", "Neg")
_PARTS = (*_STATEMENTS, *_VALUES, *_OPERATIONS, "Concat")
"""Names of Jinja2's nodes that a template may have."""


class TemplateProblem(Exception):  # noqa: N818 - it becomes a line of a ConfigError
    """Why a template cannot be used; the text follows `expected`, or names what is missing."""


def check_template(text: str) -> None:
    """Do nothing for a template that can be used.

    Raises:
        TemplateProblem: it is none, or names what no sample has.
    """
    _compiled(text)


def render(text: str, sample: Sample) -> str:
    """The template with what `sample` says in it.

    Raises:
        TemplateProblem: it needs what this sample has not, or grows beyond `MAX_CHARS`.
    """
    if "{" not in text:
        return bounded(text)
    import jinja2  # noqa: PLC0415 - takes longer to import than all of vlmhb's command line

    template = _compiled(text)
    try:
        return bounded(template.generate(variables_of(sample)))
    except (jinja2.TemplateError, TypeError, ValueError, OverflowError) as error:
        raise TemplateProblem(str(error)) from error


def bounded(parts: Iterator[str] | str) -> str:
    """The parts as one text.

    Raises:
        TemplateProblem: it is longer than `MAX_CHARS`.
    """
    text = ""
    for part in (parts,) if isinstance(parts, str) else parts:
        if len(text) + len(part) > MAX_CHARS:
            raise TemplateProblem(f"the prompt is longer than {MAX_CHARS:,} characters")
        text += part
    return text


def variables_of(sample: Sample) -> dict[str, Any]:
    """What a template may use, by name. The targets are not among them."""
    known = {key: value for key, value in sample.metadata.items() if value is not None}
    return {
        "question": sample.question,
        "choices": sample.choices,
        "options": "".join(f"{letter}. {text}\n" for letter, text in sample.choices),
        "hint": str(known.get("hint", "")),
        "doc_class": sample.doc_class,
        "question_type": sample.question_type,
        "language": sample.language,
        "n_pages": len(sample.pages),
        "metadata": known,
    }


@lru_cache(maxsize=4096)
def _compiled(text: str) -> "jinja2.Template":
    import jinja2  # noqa: PLC0415 - as in `render`

    environment = _environment()
    try:
        tree = environment.parse(text)
        _check(tree)
        return environment.from_string(tree)
    except jinja2.TemplateSyntaxError as error:
        raise TemplateProblem(f"a template: {error.message} in its line {error.lineno}") from error
    except (RecursionError, MemoryError, SyntaxError) as error:
        raise TemplateProblem("a template that is nested less deeply") from error


@lru_cache(maxsize=1)
def _environment() -> "jinja2.Environment":
    from vlmhb.plan.sandbox import Sandbox  # noqa: PLC0415 - as in `render`

    return Sandbox()


def _check(tree: "nodes.Template") -> None:
    from jinja2 import meta, nodes  # noqa: PLC0415 - as in `render`

    _check_parts(tree, 0)
    for data in tree.find_all(nodes.TemplateData):
        for found in _SINGLE.finditer(data.data):
            # Other braces are left alone: a prompt may show a piece of JSON.
            name = found[1]
            if name in VARIABLES or get_close_matches(name, ["question"], n=1):
                near = get_close_matches(name, VARIABLES, n=1)[0]
                line = data.lineno + data.data.count("\n", 0, found.start())
                text = f"{{{{ {near} }}}} instead of {{{name}}} in its line {line}"
                raise TemplateProblem(text)
    unknown = meta.find_undeclared_variables(tree) - VARIABLES.keys()
    for used in tree.find_all(nodes.Name):
        if used.name in unknown:
            raise TemplateProblem(_unknown(used.name) + _line(used))


def _unknown(name: str) -> str:
    if name in ("target", "targets", "answer", "answers"):
        return f"a prompt without {name!r}: no model is shown the truth"
    near = get_close_matches(name, VARIABLES, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    return f"variables among {', '.join(VARIABLES)}, got {name!r}{hint}"


def _check_parts(node: "nodes.Node", loops: int) -> None:
    from jinja2 import nodes  # noqa: PLC0415 - as in `render`

    kind = type(node).__name__
    if kind not in _PARTS or getattr(node, "recursive", False):
        got = f"got {_WORDS.get(kind, kind)}{_line(node)}"
        raise TemplateProblem(f"a template of expressions, filters, `if` and `for` alone, {got}")
    loops += isinstance(node, nodes.For)
    if loops > MAX_LOOPS:
        raise TemplateProblem(f"at most {MAX_LOOPS} loops inside each other{_line(node)}")
    for child in node.iter_child_nodes():
        _check_parts(child, loops)


_WORDS: Mapping[str, str] = {
    "Call": "a call",
    "Assign": "`set`",
    "AssignBlock": "`set`",
    "Macro": "`macro`",
    "Include": "`include`",
    "Import": "`import`",
    "FromImport": "`import`",
    "Extends": "`extends`",
    "Block": "`block`",
    "Mul": "`*`",
    "Pow": "`**`",
    "Mod": "`%`",
    "For": "a loop that calls itself",
}


def _line(node: "nodes.Node") -> str:
    return f" in its line {node.lineno}"
