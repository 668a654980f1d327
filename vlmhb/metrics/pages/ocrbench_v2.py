"""OCRBench v2's rules for questions and for key information, which MWS-Vision-Bench uses too.

Source: MultimodalOCR, `OCRBench_v2/eval_scripts/vqa_metric.py` and `TEDS_metric.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from rapidfuzz.distance import Levenshtein

from vlmhb.domain.digest import Json
from vlmhb.domain.sample import Sample
from vlmhb.domain.score import Direction, Score, Unscored
from vlmhb.domain.task import AnswerKind
from vlmhb.metrics.best_target import BestTarget
from vlmhb.metrics.structured.json_answer import NoJson, json_of
from vlmhb.metrics.structured.kie_f1 import targets
from vlmhb.metrics.structured.pairs import digits
from vlmhb.metrics.vlmeval.ocrbench import one_line


def vqa_similarity(answer: str, target: str) -> float:
    """1 when a target below five words is in the answer; of longer ones, the share of characters.

    Lower case, outer white space aside, line breaks as spaces. A share below 0.5 is 0.
    """
    ours, theirs = one_line(answer), one_line(target)
    if len(theirs.split()) < 5:
        return float(theirs in ours)
    similarity = Levenshtein.normalized_similarity(ours, theirs)
    return similarity if similarity >= 0.5 else 0.0


@dataclass(frozen=True, slots=True)
class KeyInformation:
    """Keys whose values are right, over the keys of answer and target."""

    name: str = "ocrbench_v2_kie"
    title: str = "Key information"
    summary: str = (
        "Share of the keys of answer and target together whose values are equal, case and white "
        "space aside, mean of answers; a target's list holds values that are all right. As "
        "OCRBench v2 and MWS-Vision-Bench, which call it F1."
    )
    normalisation: str = "lower case, no spaces"
    direction: Direction = Direction.HIGHER
    kinds: frozenset[AnswerKind] = frozenset({AnswerKind.REPLY})

    def score(self, text: str, sample: Sample) -> Score | Unscored:
        """The share, out of 1, for the target that suits best."""
        truths = [target for target in targets(sample) if isinstance(target, Mapping) and target]
        if not truths:
            return Unscored("no target is a JSON object with keys")
        found = json_of(text)
        answer = {} if isinstance(found, NoJson) else found.value
        fields = answer if isinstance(answer, Mapping) else {}
        return Score(max(right_keys(fields, truth) for truth in truths), 1)

    def worst(self, sample: Sample) -> Score | Unscored:
        """0 of 1, as for an answer without JSON."""
        return self.score("", sample)


def right_keys(answer: Mapping[str, Json], target: Mapping[str, Json]) -> float:
    """The share of keys, in [0, 1]; keys are compared as they are, outer white space aside."""
    values = {key.strip(): bare(value) for key, value in answer.items()}
    right = sum(
        key in values
        and values[key] in set(map(bare, value if isinstance(value, list) else [value]))
        for key, value in target.items()
    )
    return right / len(values.keys() | target.keys())


def bare(value: Json) -> str:
    """A value as text in lower case without spaces."""
    written = digits(value) if isinstance(value, int) else str(value)
    return written.lower().strip().replace("\n", " ").replace(" ", "")


OCRBENCH_V2_VQA = BestTarget(
    "ocrbench_v2_vqa",
    "Answer found",
    "1 when a short target is anywhere in the answer; for targets of five words and more, the "
    "similarity by edits if at least half. As OCRBench v2 and MWS-Vision-Bench.",
    "lower case, one line",
    vqa_similarity,
)
OCRBENCH_V2_KIE = KeyInformation()
