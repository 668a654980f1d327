"""What the displays of a run say about a model, in a few words each."""

from vlmhb.cli.progress.observed import ModelProgress, Observed, Phase
from vlmhb.cli.progress.pace import speed_text, spoken
from vlmhb.domain.sizes import gib
from vlmhb.schedule import progress as steps


def doing(run: Observed, model: ModelProgress, now_s: float) -> str:
    """What happens with it: its stage, and how far that is where somebody tells."""
    match model.phase:
        case Phase.WAITING if model.weights is not None:
            figures = model.weights.figures(now_s)
            stage = model.weights.step.doing
            return f"{stage}: {figures}" if figures else stage
        case Phase.WAITING:
            return run.preparing(model)
        case Phase.LOADING:
            return f"loading {model.what}".rstrip()
        case Phase.UNAVAILABLE:
            return f"unavailable: {first_line(model.what)}"
        case Phase.ANSWERING | Phase.DONE:
            return str(model.phase.value)


def figures(model: ModelProgress, now_s: float) -> list[str]:
    """What is counted, the most important first: failures, speed, when it will be over, memory."""
    told = [f"{model.failed} failed"] if model.failed else []
    if model.phase is Phase.ANSWERING and model.pace is not None:
        speed, left_s = model.pace.per_s(now_s), model.left_s(now_s)
        told += [speed_text(speed)] if speed is not None else []
        told += [f"ETA {spoken(left_s)}"] if left_s is not None else []
    told += [f"{model.retried} retried"] if model.retried else []
    told += [f"{model.lost} worker{'s' * (model.lost > 1)} lost"] if model.lost else []
    told += [f"{len(model.workers)} workers"] if len(model.workers) > 1 else []
    told += [f"VRAM {gib(model.vram_bytes)}"] if model.vram_bytes is not None else []
    return told


def total_figures(run: Observed, now_s: float, *, is_over: bool = False) -> list[str]:
    """The same of the whole run, and how long it has taken."""
    told = [f"{run.failed} failed"] if run.failed else []
    left = None if is_over else run.remaining(now_s)
    if left is not None:
        told.append(f"ETA {'at least ' if left.is_least else ''}{spoken(left.seconds)}")
    return [*told, f"{spoken(now_s - run.began_s)} elapsed"]


def news(step: steps.Progress) -> str:  # noqa: C901, PLR0911, PLR0912 - an arm per step
    """What should be read even by who looks away for a while; empty for most."""
    match step:
        case steps.EnvBuilt(env):
            return f"env {env.name}: ready, python {env.python_version}"
        case steps.GpuAwaited(model, reason):
            return f"{model}: waiting for a GPU: {reason}"
        case steps.GpuReturned(_, _, problem):
            return problem
        case steps.GpuUnread(model, reason):
            return f"{model}: no more figures of its GPU: {reason}"
        case steps.WorkerLost(_, model, reason):
            return f"{model}: worker lost: {reason}; starting another"
        case steps.WorkerLeft(_, worker, reason) if reason:
            return f"{worker}: worker lost: {reason}; the others go on"
        case steps.WorkerReplaced(_, model, reason):
            return f"{model}: {reason}; going on with another worker"
        case steps.WeightsChanged(model):
            return f"{model}: WARNING: {step.text}"
        case steps.GaveUp(model, reason):
            return f"{model}: unavailable: {reason}"
        case steps.Noted(text):
            return text
        case _:
            return ""


def first_line(text: str) -> str:
    """The first line that says something."""
    return next((line.strip() for line in text.splitlines() if line.strip()), "")
