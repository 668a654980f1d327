"""What kept figures from being made as the task asks for them."""

from dataclasses import dataclass

from vlmhb.domain.results import Results
from vlmhb.metrics.aggregation.unsaid import unsaid_keys


@dataclass(frozen=True, slots=True)
class Problem:
    """What kept a metric from giving all its figures of an evaluation."""

    model: str
    task: str
    metric: str
    """Or what the task file says of groups."""
    reason: str


def problems_of(results: Results) -> tuple[Problem, ...]:
    """Each once, sorted."""
    tasks = {loaded.task.name: loaded.task for loaded in results.tasks}
    found = {
        (summary.model, summary.task, summary.metric, summary.problem)
        for summary in results.summaries
        if summary.problem
    }
    found |= {
        (
            evaluation.model,
            evaluation.task,
            "every metric",
            f"the task names none that judges {evaluation.answers.value} answers",
        )
        for evaluation in results.plan.evaluations
        if not tasks[evaluation.task].metrics.get(evaluation.answers)
    }
    found |= {
        ("every model", loaded.task.name, unsaid.where, unsaid.text)
        for loaded in results.tasks
        for unsaid in unsaid_keys(loaded.task, loaded.samples)
    }
    return tuple(Problem(*each) for each in sorted(found))
