"""What a run that was stopped still has to ask."""

from collections.abc import Collection, Mapping

from vlmhb.domain.run import Request, RunPlan


def remaining(plan: RunPlan, answered: Collection[str]) -> Mapping[str, tuple[Request, ...]]:
    """The requests without an outcome, by model; models with nothing left are not listed.

    A failed answer is an outcome: the same question is not asked twice.
    """
    left = {
        model: tuple(request for request in requests if request.id not in answered)
        for model, requests in plan.requests.items()
    }
    return {model: requests for model, requests in left.items() if requests}
