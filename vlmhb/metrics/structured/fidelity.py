"""Whether an answer is JSON as it should be written."""

from dataclasses import dataclass

from vlmhb.domain.sample import Sample
from vlmhb.domain.score import Direction, Score
from vlmhb.domain.task import AnswerKind
from vlmhb.metrics.structured.json_answer import NoJson, RepairedJson, ValidJson, json_of


@dataclass(frozen=True, slots=True)
class JsonValid:
    """1 when the answer holds JSON that any reader takes."""

    name: str = "json_valid"
    title: str = "Valid JSON"
    summary: str = (
        "Share of answers with a JSON object or array that needs no mending, in a fenced block or "
        "between other words."
    )
    normalisation: str = "none"
    direction: Direction = Direction.HIGHER
    kinds: frozenset[AnswerKind] = frozenset({AnswerKind.REPLY})

    def score(self, text: str, sample: Sample) -> Score:  # noqa: ARG002 - an answer alone says it
        """1 or 0 of 1."""
        return Score(float(isinstance(json_of(text), ValidJson)), 1)

    def worst(self, sample: Sample) -> Score:  # noqa: ARG002
        """0 of 1."""
        return Score(0, 1)


@dataclass(frozen=True, slots=True)
class JsonRepaired:
    """1 when the answer's JSON had to be mended; answers without JSON add nothing."""

    name: str = "json_repaired"
    title: str = "Repaired JSON"
    summary: str = (
        "Of the answers with JSON, valid or mended, the share that took mending. An answer without "
        "JSON is scored, but adds nothing: `json_valid` tells how many were neither."
    )
    normalisation: str = "none"
    direction: Direction = Direction.LOWER
    kinds: frozenset[AnswerKind] = frozenset({AnswerKind.REPLY})

    def score(self, text: str, sample: Sample) -> Score:  # noqa: ARG002 - an answer alone says it
        """1 or 0 of 1; 0 of 0 without JSON, which `json_valid` tells."""
        found = json_of(text)
        if isinstance(found, NoJson):
            return Score(0, 0)
        return Score(float(isinstance(found, RepairedJson)), 1)

    def worst(self, sample: Sample) -> Score:  # noqa: ARG002
        """1 of 1."""
        return Score(1, 1)


JSON_VALID = JsonValid()
JSON_REPAIRED = JsonRepaired()
