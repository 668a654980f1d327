"""Whether a JSON answer has the form that was asked for."""

from vlmhb.domain.digest import Json
from vlmhb.domain.sample import Sample
from vlmhb.domain.score import Unscored
from vlmhb.metrics.right import Right, Rightness
from vlmhb.metrics.structured.in_metadata import json_in_metadata
from vlmhb.metrics.structured.json_answer import NoJson, json_of
from vlmhb.metrics.structured.kie_f1 import NO_TARGET, targets
from vlmhb.metrics.structured.schema import conforms, unsupported
from vlmhb.metrics.structured.shape import same_shape


def has_form(text: str, sample: Sample) -> Rightness:
    """Whether the answer's JSON, mended or not, follows the schema or has a target's shape."""
    found = json_of(text)
    schema = schema_of(sample)
    if isinstance(schema, Unscored):
        return schema
    truths = targets(sample)
    if schema is None and not truths:
        return NO_TARGET
    if isinstance(found, NoJson):
        return False
    if schema is not None:
        return conforms(schema, found.value)
    return any(same_shape(target, found.value) for target in truths)


def schema_of(sample: Sample) -> Json | Unscored:
    """The JSON Schema of a sample, given as an object or as text; None without one."""
    if sample.metadata.get("schema") in (None, ""):
        return None
    schema = json_in_metadata(sample, "schema")
    unknown = unsupported(schema)
    if unknown:
        return Unscored(f"the sample's schema uses {', '.join(unknown)}, which is not supported")
    return schema


JSON_SCHEMA = Right(
    "json_schema",
    "JSON schema kept",
    "Share of answers whose JSON follows the schema of the sample or, without one, has the same "
    "keys and types of values as a target.",
    "none",
    has_form,
)
