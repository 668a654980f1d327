"""The rules by which visual question answering sets tell whether a short reply is right."""

from vlmhb.metrics.best_target import BestTarget

TOLERANCE = 0.05


def accuracy(answer: str, target: str) -> float:
    """1 when both are equal in lower case without outer white space, else 0."""
    return float(answer.strip().lower() == target.strip().lower())


def contains(answer: str, target: str) -> float:
    """1 when the target stands anywhere in the answer, case and full stops aside, else 0.

    An empty target stands in every answer.

    Source: Tang et al. 2024, "MTVQA: Benchmarking Multilingual Text-Centric Visual Question
    Answering", as VLMEvalKit scores it.
    """
    return float(without_stops(target) in without_stops(answer))


def without_stops(text: str) -> str:
    """`text` in lower case without full stops and outer white space."""
    return text.strip().lower().replace(".", "")


def relaxed_accuracy(answer: str, target: str) -> float:
    """1 when the answer is within 5 % of a number, or equals another target in any case, else 0.

    `5%` is the number 0.05. Next to a target of 0, any spelling but its own is wrong.

    Source: Masry et al. 2022, "ChartQA: A Benchmark for Question Answering about Charts with
    Visual and Logical Reasoning" (ACL), section 5.1.
    """
    answer = answer.strip()
    given, wanted = number(answer), number(target)
    if given is None or not wanted:
        return float(answer.lower() == target.lower())
    return float(abs(given - wanted) / abs(wanted) <= TOLERANCE)


def number(text: str) -> float | None:
    """The number that `text` is, a percentage as a fraction; None if it is none.

    Whatever Python reads as a float is one: `1e3`, `1_000`, `inf`, but not `1,000`.
    """
    try:
        return float(text.rstrip("%")) / 100 if text.endswith("%") else float(text)
    except ValueError:
        return None


ACCURACY = BestTarget(
    "accuracy",
    "Accuracy",
    "Share of replies equal to a target, case and outer white space aside; the figure that "
    "VLMEvalKit gives for GQA.",
    "lower case, outer white space removed",
    accuracy,
)
CONTAINS = BestTarget(
    "contains",
    "Target contained",
    "Share of replies with a target anywhere in them, even inside a word; the figure that "
    "VLMEvalKit gives for MTVQA.",
    "lower case, full stops removed",
    contains,
)
RELAXED_ACCURACY = BestTarget(
    "relaxed_accuracy",
    "Relaxed accuracy",
    "Share of replies within 5 % of a number or equal to another target in any case; the figure "
    "that VLMEvalKit gives for ChartQA.",
    "outer white space of the answer removed, lower case",
    relaxed_accuracy,
)
