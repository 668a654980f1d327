"""Whether a JSON answer has the form that was asked for."""

from dataclasses import dataclass

from vlmhb.domain.digest import Json
from vlmhb.domain.sample import Sample
from vlmhb.domain.score import Direction, Score, Unscored
from vlmhb.domain.task import AnswerKind
from vlmhb.metrics.structured.json_answer import NoJson, json_of, strict
from vlmhb.metrics.structured.kie_f1 import NO_TARGET, targets
from vlmhb.metrics.structured.schema import conforms, unsupported
from vlmhb.metrics.structured.shape import same_shape


@dataclass(frozen=True, slots=True)
class JsonSchema:
    """1 when the answer's JSON, mended or not, follows the schema or has the target's shape."""

    name: str = "json_schema"
    title: str = "JSON schema kept"
    summary: str = (
        "Share of answers whose JSON follows the schema of the sample or, without one, has the "
        "same keys and types of values as a target."
    )
    normalisation: str = "none"
    direction: Direction = Direction.HIGHER
    kinds: frozenset[AnswerKind] = frozenset({AnswerKind.REPLY})

    def score(self, text: str, sample: Sample) -> Score | Unscored:
        """1 or 0 of 1, by the `schema` of the sample's metadata where there is one."""
        found = json_of(text)
        schema = schema_of(sample)
        if isinstance(schema, Unscored):
            return schema
        truths = targets(sample)
        if schema is None and not truths:
            return NO_TARGET
        if isinstance(found, NoJson):
            return Score(0, 1)
        if schema is not None:
            return Score(float(conforms(schema, found.value)), 1)
        return Score(float(any(same_shape(target, found.value) for target in truths)), 1)

    def worst(self, sample: Sample) -> Score | Unscored:
        """0 of 1."""
        return self.score("", sample)


def schema_of(sample: Sample) -> Json | Unscored:
    """The JSON Schema of a sample, given as an object or as text; None without one."""
    given = sample.metadata.get("schema")
    schema = strict(given) if isinstance(given, str) and given else given
    if given in (None, ""):
        return None
    unknown = unsupported(schema)
    if unknown:
        return Unscored(f"the sample's schema uses {', '.join(unknown)}, which is not supported")
    return schema


JSON_SCHEMA = JsonSchema()
