"""Which requests share a batch."""

import pytest
from vlmhb_worker.backends.transformers.batches import Limits, Load, next_batch, positions_of


def loads(*lengths: int, key: str = "k", room: int = 10) -> list[Load]:
    return [Load(key, length, room) for length in lengths]


def cut(waiting: list[Load], limits: Limits) -> list[int]:
    return list(next_batch(waiting, limits).places)


def test_nothing_waits_and_nothing_is_taken():
    assert [] == cut([], Limits(4))


def test_a_batch_has_at_most_so_many_rows():
    assert 2 == len(cut(loads(5, 5, 5), Limits(2)))


def test_the_first_that_waits_is_always_taken():
    """Else a request of an odd length could wait for ever."""
    assert [0] == cut(loads(900, 5, 5, 5), Limits(1))


def test_neighbours_in_length_are_taken_before_earlier_requests():
    """Every row is padded to the longest: like lengths waste little."""
    assert [0, 3, 1] == cut(loads(100, 300, 900, 110), Limits(3))


def test_among_equals_the_earlier_goes_first():
    assert [0, 1, 2] == cut(loads(7, 7, 7, 7), Limits(3))


def test_requests_with_other_settings_wait():
    waiting = [*loads(5), *loads(5, key="other"), *loads(5)]

    assert [0, 2] == cut(waiting, Limits(8))


def test_a_batch_stays_within_its_positions():
    """Two rows of 100 + 10 fit into 220; a third does not."""
    assert [0, 1] == cut(loads(100, 100, 100), Limits(8, 220))


def test_padding_counts():
    """A short row beside a long one takes as much as the long one."""
    assert [0] == cut(loads(100, 1), Limits(8, 219))


def test_a_request_beyond_the_limit_is_tried_alone():
    assert [0] == cut(loads(500, 1), Limits(8, 100))


def test_positions_count_the_longest_question_and_the_longest_answer():
    assert 2 * (30 + 20) == positions_of([Load("k", 30, 10), Load("k", 5, 20)])


def test_a_request_that_shares_with_nobody_is_taken_alone_and_at_once():
    alone = Load("k", 5, 10, is_alone=True)

    first = next_batch([alone, *loads(5, 5)], Limits(8))
    assert ((0,), True) == (first.places, first.is_full)
    assert [0, 2] == cut([*loads(5), alone, *loads(5)], Limits(8))


@pytest.mark.parametrize(
    ("lengths", "limits", "is_full"),
    [
        ((5, 5), Limits(2), True),
        ((5, 5), Limits(3), False),
        ((5, 5), Limits(8, 30), True),
        ((5, 5), Limits(8, 45), False),
        ((5, 90), Limits(8, 150), True),
        ((5,), Limits(8, 0), True),
    ],
)
def test_a_batch_is_full_when_waiting_would_not_make_it_larger(
    lengths: tuple[int, ...], limits: Limits, is_full: bool
):
    """Waiting for a full batch keeps the device idle; so it must be known what full is."""
    assert is_full == next_batch(loads(*lengths), limits).is_full
