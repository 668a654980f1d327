"""JSON that a dataset says about a sample."""

from vlmhb.domain.digest import Json
from vlmhb.domain.sample import Sample
from vlmhb.metrics.structured.json_answer import strict


def json_in_metadata(sample: Sample, key: str) -> Json:
    """The value of `key`, an object or array perhaps written as text; None without one."""
    given = sample.metadata.get(key)
    if given in (None, ""):
        return None
    return strict(given) if isinstance(given, str) else given
