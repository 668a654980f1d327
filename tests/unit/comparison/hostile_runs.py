"""Two runs made of nothing but texts that try to be something else than text."""

from dataclasses import replace
from pathlib import Path

from tests.build import answer, failed, model
from tests.unit.comparison.runs import compared, numbered, task_of, write_run
from tests.unit.report.hostile import HOSTILE
from vlmhb.comparison.compare import Comparison
from vlmhb.domain.answer import ErrorInfo, Outcome

ENCODABLE = tuple(text.encode("utf-8", "replace").decode() for text in HOSTILE)
"""A journal holds no lone surrogates: a worker cannot send them."""


def hostile_comparison(folder: Path) -> Comparison:
    """Every text as an id, target, question, class, field, language, document, answer, error."""
    samples = tuple(
        replace(
            one,
            id=f"{text[:200]} {place}",
            targets=(text,),
            question=text,
            document=text[:200],
            doc_class=text[:80],
            question_type=text[:80],
            language=text[:80],
        )
        for place, (one, text) in enumerate(zip(numbered(len(ENCODABLE)), ENCODABLE, strict=True))
    )
    sides: list[dict[str, Outcome]] = [
        {one.id: answer(text=text) for one, text in zip(samples, texts, strict=True)}
        for texts in (ENCODABLE, ENCODABLE[1:] + ENCODABLE[:1])
    ]
    error = ErrorInfo("Error", HOSTILE[0], HOSTILE[3])
    sides[1][samples[3].id] = replace(failed(), error=error)
    name = f"{HOSTILE[4]}|`\x1b[2J\u202e"
    runs = []
    for place, given in enumerate(sides):
        task = task_of(samples, name, prompt="x{{ question }}" if place else "{{ question }}")
        spec = model(name, params={HOSTILE[5]: f"{HOSTILE[0]}{place}"})
        runs.append(write_run(folder / f"{'<b>'}{place}", {name: given}, task, models=(spec,)))
    return compared(*runs)
