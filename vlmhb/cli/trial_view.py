"""What `vlmhb try` shows of a trial."""

from collections.abc import Iterator

from vlmhb.domain.answer import Answer, Outcome, Usage
from vlmhb.domain.digest import Json
from vlmhb.domain.gpu_figures import GpuFigures
from vlmhb.trial import Trial

WIDTH = 12
DIGEST = "sha256:"
"""Begins a fact that only programs compare."""


def figures(trial: Trial) -> str:
    """One line per figure that was measured."""
    return "\n".join(f"{name:<{WIDTH}} {text}" for name, text in _lines(trial))


def complaint(trial: Trial) -> str:
    """Why there is no answer, and the last lines that the worker printed."""
    outcome = trial.outcome
    if isinstance(outcome, Answer):
        return ""
    text = f"no answer: {outcome.reason.value}: {outcome.error.type}: {outcome.error.message}"
    return f"{text}\nThe worker printed:\n{trial.printed}" if trial.printed else text


def as_json(trial: Trial) -> dict[str, Json]:
    """All of it, for programs."""
    return {
        **_outcome_as_json(trial.outcome),
        "model": trial.model.name,
        "env": {
            "name": trial.env.name,
            "fingerprint": trial.env.fingerprint,
            "python": trial.env.python_version,
        },
        "facts": dict(trial.loaded.facts),
        "seconds": trial.seconds,
        "load_s": trial.loaded.load_s,
        "memory": {
            "worker_peak_bytes": trial.worker_peak_bytes,
            "model_gpu_bytes": trial.loaded.gpu_memory_bytes,
            "gpu": _gpu(trial.gpu),
        },
        "printed": trial.printed,
        "weights_changed": trial.weights_changed or None,
    }


def _outcome_as_json(outcome: Outcome) -> dict[str, Json]:
    if not isinstance(outcome, Answer):
        error = outcome.error
        return {
            "text": None,
            "reason": outcome.reason.value,
            "message": error.message,
            "error": {"type": error.type, "traceback": error.traceback},
        }
    timing, usage = outcome.timing, outcome.usage
    return {
        "text": outcome.text,
        "reason": None,
        "finish_reason": outcome.finish_reason.value,
        "full_length_chars": outcome.full_length_chars,
        "timing": {
            "preprocess_s": timing.preprocess_s,
            "first_token_s": timing.first_token_s,
            "generate_s": timing.generate_s,
            "total_s": timing.total_s,
        },
        "usage": {
            "prompt_tokens": usage.prompt_tokens,
            "image_tokens": usage.image_tokens,
            "completion_tokens": usage.completion_tokens,
            "tokens_per_s": tokens_per_s(outcome),
        },
        "degraded": list(outcome.degraded),
    }


def tokens_per_s(answer: Answer) -> float | None:
    """Tokens of the answer by the time of generation; None when one of them is unknown."""
    count, seconds = answer.usage.completion_tokens, answer.timing.generate_s
    return round(count / seconds, 1) if count and seconds else None


def _lines(trial: Trial) -> Iterator[tuple[str, str]]:
    if isinstance(trial.outcome, Answer):
        yield from _answer_lines(trial.outcome)
    yield "ready", ", ".join(f"{name} {s:.1f} s" for name, s in trial.seconds.items())
    yield "memory", ", ".join(_memory(trial)) or "not measured"
    yield "env", f"{trial.env.name}, python {trial.env.python_version}"
    digests = 0
    for name, text in trial.loaded.facts.items():
        if text.startswith(DIGEST):
            digests += 1
        else:
            yield "fact", f"{name}: {text}"
    if digests:
        yield "fact", f"digests of {digests} files: see --json"


def _answer_lines(answer: Answer) -> Iterator[tuple[str, str]]:
    timing = answer.timing
    cut = "" if answer.finish_reason.value == "stop" else ": it reached max_new_tokens"
    yield "finish", f"{answer.finish_reason.value}{cut}"
    if answer.full_length_chars is not None:
        yield "cut", f"kept {len(answer.text):,} of {answer.full_length_chars:,} characters"
    parts = {
        "preprocess": timing.preprocess_s,
        "first token": timing.first_token_s,
        "generate": timing.generate_s,
        "total": timing.total_s,
    }
    measured = [f"{name} {s:.3f} s" for name, s in parts.items() if s is not None]
    yield "time", ", ".join(measured) or "not measured"
    yield "tokens", ", ".join(_tokens(answer.usage, tokens_per_s(answer))) or "not counted"
    for step in answer.degraded:
        yield "degraded", step


def _tokens(usage: Usage, per_s: float | None) -> Iterator[str]:
    counts = {
        "prompt": usage.prompt_tokens,
        "image": usage.image_tokens,
        "answer": usage.completion_tokens,
    }
    for name, count in counts.items():
        if count is not None:
            yield f"{name} {count:,}"
    if per_s is not None:
        yield f"{per_s:,} per second"


def _memory(trial: Trial) -> Iterator[str]:
    if trial.worker_peak_bytes is not None:
        yield f"worker at most {_mb(trial.worker_peak_bytes)}"
    if trial.loaded.gpu_memory_bytes is not None:
        yield f"model {_mb(trial.loaded.gpu_memory_bytes)} of GPU memory"
    moments = _gpu(trial.gpu)
    if moments is not None:
        known = [
            f"{name.removesuffix('_bytes')} {_mb(value)}"
            for name, value in moments.items()
            if isinstance(value, int)
        ]
        yield f"GPU in use: {', '.join(known)}"


def _gpu(figures: GpuFigures | None) -> dict[str, Json] | None:
    if figures is None:
        return None
    return {
        "uuid": figures.uuid,
        "before_bytes": figures.before_bytes,
        "loaded_bytes": figures.loaded_bytes,
        "peak_bytes": figures.peak_bytes,
        "after_bytes": figures.after_bytes,
    }


def _mb(size_bytes: int) -> str:
    return f"{size_bytes / 1e6:,.0f} MB"
