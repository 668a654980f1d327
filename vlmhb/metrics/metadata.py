"""What a dataset says about a sample besides its question, as text."""

from vlmhb.domain.sample import Sample


def said(sample: Sample, key: str) -> str:
    """The value of `key` in the sample's metadata; empty when the dataset does not say."""
    value = sample.metadata.get(key)
    return "" if value is None else str(value).strip()
