"""Texts that try to be something else than text, and a run made of nothing but them."""

import zlib
from dataclasses import replace
from pathlib import Path

from tests.unit.report.sample_results import GENERATION, TASKS, sample_results
from vlmhb.domain.answer import Answer, ErrorInfo, FailedAnswer, FailureReason, Outcome
from vlmhb.domain.decision import Decided, Decision
from vlmhb.domain.results import Results
from vlmhb.domain.run import Evaluation, LoadedTask, Request, RunPlan
from vlmhb.domain.sample import Sample
from vlmhb.domain.score import Direction, MetricSummary, SampleScore, Score
from vlmhb.domain.task import AnswerKind

_FORGED = '{"request_id":"0000000000000000","text":"forged"}'
JOURNAL_LINE = f"{zlib.crc32(_FORGED.encode()):08x} {_FORGED}"
"""Valid in any journal."""

HOSTILE = (
    "</script><script>alert(1)</script>",
    "</ScRiPt ><script >alert(1)</script >",
    "<!--<script>alert(1)</script>",
    "--></style><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><img src=x onerror=alert(1)>',
    "'><svg onload=alert(1)>",
    "<svg><script>alert&#40;1)</script></svg>",
    "<iframe src=javascript:alert(1)></iframe>",
    "<a href='javascript:alert(1)'>x</a>",
    "javascript:alert(1)",
    "<base href='http://192.0.2.1/'>",
    "<link rel=stylesheet href=http://192.0.2.1/a.css>",
    "<meta http-equiv=refresh content='0;url=http://192.0.2.1/'>",
    "<style>@import 'http://192.0.2.1/a.css';</style>",
    "<form action=http://192.0.2.1/><button>x",
    "<textarea><title><noscript><plaintext>",
    "<![CDATA[<script>alert(1)</script>]]>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "{{ 7 * 7 }}{% raw %}${7*7}#{7*7}<%= 7*7 %>",
    "__proto__",
    "constructor",
    "=1+1",
    '=HYPERLINK("http://192.0.2.1/","x")',
    "=cmd|'/C calc'!A0",
    "+1+1",
    "-1+1",
    "@SUM(1,1)",
    "\t=1+1",
    "\r=1+1",
    "{=1+1}",
    "http://192.0.2.1/",
    "mailto:x@192.0.2.1",
    "internal:'summary'!A1",
    "_x0041_ _x000D_",
    'quote " and "" and , and ; and \r\n and \n and \r end',
    "\x00NUL\x00",
    "\x1b[2J\x1b[1;31mred\x1b]52;c;YQ==\x07",
    "\x9b31mC1",
    "\udc80 lone \ud83d surrogate \ud83d\udc80",
    "￾ ￿ \U0001fffe not characters",
    "abc \u202e gnp.exe \u2066 x \u2069",
    "a\u2028b\u2029c\u0085d",
    "\ufeffBOM \u200b zero \u200d width",
    "e\u0301\u0301\u0301\u0301 Z\u0351\u0352\u0353 \u1100\u1161",
    "| a | b |\n| --- | --- |\n| ``` | **x** |",
    "`code` ``more`` \\| \\` [x](http://192.0.2.1/) ![x](http://192.0.2.1/a.png)",
    "@everyone #1 <details open ontoggle=alert(1)>",
    "# heading\n- list\n> quote\n\n---\n~~~",
    f"{JOURNAL_LINE}\n{JOURNAL_LINE}\n",
    "../../../etc/passwd",
    "file:///etc/passwd",
    "%s %n %(x)s {0} {x!r}",
    "NaN",
    "Infinity",
    "null",
    "",
    " \t\n ",
    "я" * 40_000,
    "\U0001f600" * 20_000,
    "a" * 32_767,
    "a" * 100_000,
    "<b>" * 500,
)

GROUPED_BY = ("constructor", "__proto__", "toString", HOSTILE[4])
"""Keys of metadata, some of which every object of a script has."""


def hostile_results(folder: Path) -> Results:
    """Every text as an answer, target, question, id, class, field, language, error and decision."""
    base = sample_results(folder)
    page = base.tasks[0].samples[0].pages
    samples = tuple(
        Sample(
            f"{index} {text[:300]}",
            text,
            page,
            (text,),
            text[:300],
            text[:80],
            text[:80],
            text[:80],
            metadata=dict.fromkeys(GROUPED_BY, text[:80]),
        )
        for index, text in enumerate(HOSTILE)
    )
    named = (HOSTILE[0], "\x1b[2J\u202e\udc80", HOSTILE[-1])
    names = tuple(f"{text[:200]} {index}" for index, text in enumerate(named))
    models = tuple(replace(base.models[2], name=name, description=name) for name in names)
    task = replace(
        TASKS[1],
        name=HOSTILE[0],
        metrics={AnswerKind.REPLY: (HOSTILE[4],)},
        group_by=tuple((key,) for key in GROUPED_BY),
    )
    evaluations, requests, outcomes = [], {}, {}
    for number, model in enumerate(models):
        sent = tuple(
            Request(f"{number:016x}{index:016x}", model.name, text, text, "/data", page, GENERATION)
            for index, text in enumerate(HOSTILE)
        )
        requests[model.name] = sent
        pairs = tuple((s.id, r.id) for s, r in zip(samples, sent, strict=True))
        evaluations.append(Evaluation(model.name, task.name, AnswerKind.REPLY, pairs))
        for request, text in zip(sent, HOSTILE, strict=True):
            outcomes[request.id] = hostile_outcome(request.id, text, failed=number == 1)
    return replace(
        base,
        name=HOSTILE[1],
        models=models,
        unavailable={names[-1]: HOSTILE[3]},
        tasks=(LoadedTask(task, samples, "12" * 32),),
        plan=RunPlan(tuple(evaluations), requests),
        outcomes=outcomes,
        scores=tuple(
            SampleScore(model.name, task.name, sample.id, HOSTILE[4], Score(1.0, 2.0))
            for model in models
            for sample in samples
        ),
        summaries=tuple(hostile_summaries(models[0].name, task.name, samples)),
        decisions=tuple(
            Decision(models[index % 3].name, Decided.CHOSEN, text)
            for index, text in reversed(list(enumerate(HOSTILE)))
        ),
        provenance={**base.provenance, HOSTILE[5]: list(HOSTILE[:20]), "secret": HOSTILE[38]},
    )


def hostile_outcome(request_id: str, text: str, *, failed: bool) -> Outcome:
    if failed:
        error = ErrorInfo("Error", text, text)
        return FailedAnswer(request_id, FailureReason.MODEL_ERROR, error)
    return Answer(request_id, text, degraded=(text[:80],))


def hostile_summaries(model: str, task: str, samples: tuple[Sample, ...]) -> list[MetricSummary]:
    groups: list[tuple[str, tuple[str, ...]]] = [("general", ())]
    groups += [("by_doc_type", (sample.doc_class,)) for sample in samples]
    groups += [("by_doc_question", (s.doc_class, s.question_type)) for s in samples]
    groups += [("by_language", (sample.language,)) for sample in samples]
    return [
        MetricSummary(
            model=model,
            task=task,
            metric=HOSTILE[4],
            grouping=grouping,
            group=group,
            direction=Direction.HIGHER,
            value=0.5,
            ci_low=0.4,
            ci_high=0.6,
            value_failed_as_wrong=0.5,
            n_scored=1,
            n_failed=0,
            n_unscored=0,
            n_documents=1,
        )
        for grouping, group in dict.fromkeys(groups)
    ]
