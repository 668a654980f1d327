"""How long answers took, by model."""

from dataclasses import asdict, dataclass

from vlmhb.domain.answer import Answer
from vlmhb.domain.digest import Json
from vlmhb.domain.results import Results
from vlmhb.report.figures.spread import Spread, spread_of


@dataclass(frozen=True, slots=True)
class ModelTiming:
    """Seconds of one model's answers; None means that no answer carried the figure."""

    model: str
    n_answers: int
    page: Spread | None
    """Preprocessing and generation of a request, divided by its pages."""
    total: Spread | None
    """Preprocessing and generation of a request."""
    preprocess: Spread | None
    first_token: Spread | None
    """From the beginning of generation to the first token."""
    generate: Spread | None
    load: Spread | None
    """Of each start of a worker until its model was loaded; in none of the others."""
    tokens_per_s: float | None
    """Generated tokens over the seconds of generation, of the answers that have both."""

    @property
    def n_timed(self) -> int:
        """Answers that say how long they took."""
        return self.page.n if self.page else 0

    @property
    def page_s_p50(self) -> float | None:
        """Median seconds per page."""
        return self.page.p50 if self.page else None


WRITTEN = {
    "page_s": ("p50", "p95", "p99"),
    "total_s": ("p50", "p95", "p99"),
    "preprocess_s": ("p50",),
    "first_token_s": ("p50", "p95", "p99"),
    "generate_s": ("p50", "p95"),
    "load_s": ("p50", "p95", "p99"),
}
"""Which percentiles of what results.json has."""


def timing_columns(timing: ModelTiming) -> dict[str, Json]:
    """As results.json has it: `page_s_p50` and the like."""
    columns: dict[str, Json] = {
        "model": timing.model,
        "n_answers": timing.n_answers,
        "n_timed": timing.n_timed,
        "tokens_per_s": timing.tokens_per_s,
    }
    for name, percentiles in WRITTEN.items():
        spread: Spread | None = getattr(timing, name.removesuffix("_s"))
        known = asdict(spread) if spread else {}
        columns |= {f"{name}_{percentile}": known.get(percentile) for percentile in percentiles}
    return columns


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
    return ModelTiming(
        model=model,
        n_answers=len(answered),
        page=spread_of(
            answer.timing.total_s / pages
            for answer, pages in answered
            if answer.timing.total_s is not None
        ),
        total=spread_of(time.total_s for time in times),
        preprocess=spread_of(time.preprocess_s for time in times),
        first_token=spread_of(time.first_token_s for time in times),
        generate=spread_of(time.generate_s for time in times),
        load=spread_of(
            worker.totals.load_s for worker in results.telemetry if worker.model == model
        ),
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
