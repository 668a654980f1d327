from collections import Counter
from itertools import pairwise

import pytest

from vlmhb.datasets import apply_limit
from vlmhb.domain.sample import Sample


def samples(n_documents: int, doc_class: str = "invoice", language: str = "ru", size: int = 2):
    return [
        Sample(
            id=f"{doc_class}{language}{number}.{part}",
            question="",
            pages=(),
            targets=(),
            document=f"{doc_class}{language}{number}",
            doc_class=doc_class,
            question_type="",
            language=language,
        )
        for number in range(n_documents)
        for part in range(size)
    ]


def documents(taken: tuple[Sample, ...]) -> set[str]:
    return {sample.document for sample in taken}


def test_no_limit_takes_all():
    assert tuple(samples(5)) == apply_limit(samples(5), None, 0)


def test_a_limit_beyond_the_end_takes_all():
    assert tuple(samples(5)) == apply_limit(samples(5), 100, 0)


def test_documents_are_taken_whole_and_in_their_old_order():
    every = samples(10)

    taken = apply_limit(every, 7, 0)

    assert 6 == len(taken)
    assert list(taken) == [sample for sample in every if sample.document in documents(taken)]


def test_the_first_document_is_taken_even_when_it_exceeds_the_limit():
    assert 5 == len(apply_limit(samples(3, size=5), 1, 0))


def test_every_class_and_language_keeps_its_share():
    every = samples(60) + samples(30, language="ko") + samples(30, "receipt")

    taken = apply_limit(every, 40, 0)

    shares = Counter((sample.doc_class, sample.language) for sample in taken)
    assert {("invoice", "ru"): 20, ("invoice", "ko"): 10, ("receipt", "ru"): 10} == shares


@pytest.mark.parametrize("seed", range(5))
def test_a_larger_limit_contains_a_smaller_one(seed: int):
    every = samples(9) + samples(4, language="ko", size=5) + samples(3, "receipt", size=1)
    draws = [documents(apply_limit(every, limit, seed)) for limit in range(1, 45)]

    assert all(small <= large for small, large in pairwise(draws))


def test_the_draw_does_not_depend_on_the_order_of_the_rows():
    every = samples(20)

    assert documents(apply_limit(every, 10, 0)) == documents(apply_limit(every[::-1], 10, 0))


def test_another_seed_draws_other_documents():
    every = samples(50)

    draws = {frozenset(documents(apply_limit(every, 10, seed))) for seed in range(5)}

    assert 5 == len(draws)
