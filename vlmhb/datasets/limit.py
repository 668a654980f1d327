"""A part of a task that stands for all of it."""

from collections import defaultdict
from collections.abc import Sequence

from vlmhb.domain.digest import sha256_of
from vlmhb.domain.sample import Sample


def apply_limit(samples: Sequence[Sample], limit: int | None, seed: int) -> tuple[Sample, ...]:
    """At most `limit` samples, by whole documents, in their old order; None takes all.

    Every class and language is represented by its share of the documents. The first document is
    taken whole even when it alone exceeds the limit, and a larger limit takes the documents of a
    smaller one and adds to them.
    """
    if limit is None:
        return tuple(samples)
    by_document: dict[str, list[Sample]] = defaultdict(list)
    for sample in samples:
        by_document[sample.document].append(sample)
    taken: set[str] = set()
    n_samples = 0
    for document in _spread_out(by_document, seed):
        n_samples += len(by_document[document])
        if taken and n_samples > limit:
            break
        taken.add(document)
    return tuple(sample for sample in samples if sample.document in taken)


def _spread_out(by_document: dict[str, list[Sample]], seed: int) -> list[str]:
    """All documents, so that any number of the first ones is a stratified draw."""
    strata: dict[tuple[tuple[str, str], ...], list[tuple[str, str]]] = defaultdict(list)
    for document, samples in by_document.items():
        kinds = sorted({(sample.doc_class, sample.language) for sample in samples})
        strata[tuple(kinds)].append((sha256_of([seed, document]), document))
    places = [
        ((position + 0.5) / len(stratum), digest, document)
        for stratum in strata.values()
        for position, (digest, document) in enumerate(sorted(stratum))
    ]
    return [document for _, _, document in sorted(places)]
