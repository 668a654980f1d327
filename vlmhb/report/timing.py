"""How long answers took, by model."""

from dataclasses import dataclass

from vlmhb.domain.answer import Answer
from vlmhb.domain.results import Results
from vlmhb.report.numbers import percentile


@dataclass(frozen=True, slots=True)
class ModelTiming:
    """Seconds of one model's answers; None means that no answer carried the figure."""

    model: str
    n_answers: int
    n_timed: int
    page_s_p50: float | None
    """Preprocessing and generation of a request, divided by its pages."""
    page_s_p95: float | None
    preprocess_s_p50: float | None
    generate_s_p50: float | None
    generate_s_p95: float | None
    tokens_per_s: float | None
    """Generated tokens over the seconds of generation, of the answers that have both."""


def timings_of(results: Results) -> tuple[ModelTiming, ...]:
    """One line per model that answered something, in the order of the run file."""
    lines = (_timing(results, model.name) for model in results.models)
    return tuple(line for line in lines if line.n_answers)


def _timing(results: Results, model: str) -> ModelTiming:
    answered = [
        (outcome, max(1, len(request.pages)))
        for request in results.plan.requests.get(model, ())
        if isinstance(outcome := results.outcomes.get(request.id), Answer)
    ]
    times = [answer.timing for answer, _ in answered]
    per_page = [
        answer.timing.total_s / pages
        for answer, pages in answered
        if answer.timing.total_s is not None
    ]
    generate = [time.generate_s for time in times if time.generate_s is not None]
    preprocess = [time.preprocess_s for time in times if time.preprocess_s is not None]
    return ModelTiming(
        model=model,
        n_answers=len(answered),
        n_timed=len(per_page),
        page_s_p50=percentile(per_page, 0.50),
        page_s_p95=percentile(per_page, 0.95),
        preprocess_s_p50=percentile(preprocess, 0.50),
        generate_s_p50=percentile(generate, 0.50),
        generate_s_p95=percentile(generate, 0.95),
        tokens_per_s=_tokens_per_s([answer for answer, _ in answered]),
    )


def _tokens_per_s(answers: list[Answer]) -> float | None:
    counted = [
        (answer.usage.completion_tokens, answer.timing.generate_s)
        for answer in answers
        if answer.usage.completion_tokens is not None and answer.timing.generate_s
    ]
    total_s = sum(seconds for _, seconds in counted)
    return sum(tokens for tokens, _ in counted) / total_s if total_s else None
