"""samples.parquet: every sample of every evaluation with its answer and all its scores."""

import json
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from vlmhb.domain.answer import Answer
from vlmhb.domain.decision import Decision, last_decisions
from vlmhb.domain.results import Results
from vlmhb.domain.score import Failed, SampleScore, Score, Unscored
from vlmhb.errors import UsageError
from vlmhb.report.entries import Entry, entries_of, error_text
from vlmhb.report.exports.export import Export
from vlmhb.report.text import encodable

if TYPE_CHECKING:
    from pyarrow import Schema

SCHEMA_VERSION = 1
FILE = "samples.parquet"
ROWS_AT_ONCE = 2000


def as_parquet(results: Results) -> Export:
    """One file; the same results and the same pyarrow give the same bytes.

    Raises:
        UsageError: pyarrow is not installed.
    """
    try:
        import pyarrow as pa  # noqa: PLC0415 - optional, and slow to import
        from pyarrow.parquet import ParquetWriter  # noqa: PLC0415 - as above
    except ImportError as error:
        raise UsageError(
            "cannot export as Parquet",
            "pyarrow is not installed",
            next_step="pip install 'vlmhb[parquet]'",
        ) from error
    schema = _schema(results)
    decided = last_decisions(results.decisions)
    rows = (_row(entry, decided.get(entry.evaluation.model)) for entry in entries_of(results))
    sink = pa.BufferOutputStream()
    with ParquetWriter(sink, schema, compression="zstd") as writer:
        while batch := list(islice(rows, ROWS_AT_ONCE)):
            writer.write_table(pa.Table.from_pylist(batch, schema=schema))
    return Export({FILE: sink.getvalue().to_pybytes()})


def _schema(results: Results) -> "Schema":
    import pyarrow as pa  # noqa: PLC0415 - as in as_parquet

    def struct(**fields: Any) -> Any:
        return pa.struct([pa.field(name, kind) for name, kind in fields.items()])

    text, number, count = pa.string(), pa.float64(), pa.int64()
    score = struct(
        metric=text, status=text, value=number, numerator=number, denominator=number, reason=text
    )
    columns = {
        **dict.fromkeys(("model", "task", "sample_id", "document"), text),
        **dict.fromkeys(("doc_class", "question_type", "language"), text),
        **dict.fromkeys(("request_id", "question", "system_prompt", "prompt"), text),
        "prompt_source": text,
        "targets": pa.list_(text),
        "choices": pa.list_(struct(letter=text, text=text)),
        "pages": pa.list_(struct(path=text, sha256=text)),
        "metadata": text,
        **dict.fromkeys(("status", "answer", "finish_reason"), text),
        **dict.fromkeys(("preprocess_s", "first_token_s", "generate_s"), number),
        **dict.fromkeys(("prompt_tokens", "image_tokens", "completion_tokens"), count),
        "degraded": pa.list_(text),
        "error": text,
        "decision": text,
        "scores": pa.list_(score),
    }
    told = {"vlmhb.schema_version": str(SCHEMA_VERSION), "vlmhb.run": encodable(results.name)}
    return pa.schema(list(columns.items()), metadata=told)


def _row(entry: Entry, decision: Decision | None) -> dict[str, object]:
    sample, request = entry.sample, entry.request
    texts = {
        "model": entry.evaluation.model,
        "task": entry.evaluation.task,
        "sample_id": sample.id,
        "document": sample.document,
        "doc_class": sample.doc_class,
        "question_type": sample.question_type,
        "language": sample.language,
        "request_id": request.id,
        "question": sample.question,
        "system_prompt": request.system_prompt,
        "prompt": request.prompt,
        "prompt_source": request.prompt_source,
        "status": entry.status,
        "metadata": json.dumps(dict(sample.metadata), ensure_ascii=False),
    }
    return {
        **{name: encodable(text) for name, text in texts.items()},
        "targets": _texts(sample.targets),
        "choices": [
            {"letter": encodable(letter), "text": encodable(text)}
            for letter, text in sample.choices
        ],
        "pages": [{"path": encodable(page.path), "sha256": page.sha256} for page in sample.pages],
        "error": encodable(error_text(entry.outcome)) or None,
        "decision": decision.state.value if decision else None,
        **(_answer(entry.outcome) if isinstance(entry.outcome, Answer) else {}),
        "scores": list(_scores(entry.scores)),
    }


def _texts(texts: Sequence[str]) -> list[str]:
    return [encodable(text) for text in texts]


def _answer(answer: Answer) -> dict[str, object]:
    timing, usage = answer.timing, answer.usage
    return {
        "answer": encodable(answer.text),
        "finish_reason": answer.finish_reason.value,
        "preprocess_s": timing.preprocess_s,
        "first_token_s": timing.first_token_s,
        "generate_s": timing.generate_s,
        "prompt_tokens": usage.prompt_tokens,
        "image_tokens": usage.image_tokens,
        "completion_tokens": usage.completion_tokens,
        "degraded": _texts(answer.degraded),
    }


def _scores(scores: Sequence[SampleScore]) -> Iterator[dict[str, object]]:
    for score in scores:
        match score.result:
            case Score(numerator=numerator, denominator=denominator) as result:
                parts = {"numerator": numerator, "denominator": denominator}
                yield {"metric": score.metric, "status": "scored", "value": result.value, **parts}
            case Unscored(reason=reason):
                yield {"metric": score.metric, "status": "unscored", "reason": encodable(reason)}
            case Failed(reason=reason):
                yield {"metric": score.metric, "status": "failed", "reason": encodable(reason)}
