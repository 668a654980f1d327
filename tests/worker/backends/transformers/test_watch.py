"""What a watch makes of the ids that generate shows it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from vlmhb_worker.backends.transformers.watch import Watch, cut_at

PROMPT = [9, 9, 9]


class Ids:
    """As much of a tensor of ids as a watch touches."""

    def __init__(self, rows: Sequence[Sequence[int]]) -> None:
        self.rows = [list(row) for row in rows]
        self.shape = (len(self.rows), len(self.rows[0]))

    def __getitem__(self, place: Any) -> Any:
        rows, columns = place
        picked = self.rows[rows]
        if isinstance(rows, slice):
            return Values([row[columns] for row in picked])
        return Values(picked[columns])

    def new_tensor(self, values: list[bool]) -> Values:
        return Values(values)


class Values:
    def __init__(self, values: list[Any]) -> None:
        self._values = values

    def tolist(self) -> list[Any]:
        return self._values

    def bool(self) -> list[Any]:
        return self._values


def written(*rows: Sequence[int]) -> list[Ids]:
    """What the watch is shown, step by step."""
    steps = len(rows[0])
    return [Ids([[*PROMPT, *row[:step]] for row in rows]) for step in range(1, steps + 1)]


def letters(tokens: list[int]) -> str:
    return "".join(chr(96 + token) for token in tokens)


def test_an_answer_ends_with_its_end_token():
    watch = Watch(1)
    watch.end_ids = {2}
    done = [watch(step) for step in written([5, 2, 0])]

    assert [[False], [True], [True]] == done
    assert [5, 2] == watch.tokens(0)
    assert "stop" == watch.finish_reason(0)
    assert 2 == watch.count(0)


def test_an_answer_that_was_not_let_go_on_ends_for_its_length():
    watch = Watch(1)
    for step in written([5, 6]):
        watch(step)

    assert [5, 6] == watch.tokens(0)
    assert "length" == watch.finish_reason(0)


def test_each_row_has_an_end_of_its_own():
    watch = Watch(2)
    watch.end_ids = {2}
    done = [watch(step) for step in written([2, 0, 0], [5, 6, 2])]

    assert [[True, False], [True, False], [True, True]] == done
    assert ([2], [5, 6, 2]) == (watch.tokens(0), watch.tokens(1))


def test_older_libraries_are_told_when_all_rows_are_done():
    """Before 4.39 one criterion stops the whole batch."""
    watch = Watch(2)
    watch.end_ids = {2}
    watch.stops_rows = False
    done = [watch(step) for step in written([2, 0, 0], [5, 6, 2])]

    assert [False, False, True] == done


def test_a_stop_string_ends_a_row_across_its_tokens():
    watch = Watch(2, stop=("bc",), decode=letters)
    done = [watch(step) for step in written([1, 2, 3, 4], [1, 1, 1, 1])]

    assert [[False, False], [False, False], [True, False], [True, False]] == done
    assert [1, 2, 3] == watch.tokens(0)
    assert "stop" == watch.finish_reason(0)


def test_a_stop_string_in_the_prompt_is_none():
    watch = Watch(1, stop=(letters(PROMPT),), decode=letters)
    (step,) = written([1])

    assert [False] == watch(step)


def test_whoever_wants_to_know_is_told_when_a_row_ends():
    ended: list[tuple[int, list[int]]] = []
    watch = Watch(2, on_end=lambda row: ended.append((row, watch.tokens(row))))
    watch.end_ids = {2}
    for step in written([5, 2, 0], [5, 6, 2]):
        watch(step)

    assert [(0, [5, 2]), (1, [5, 6, 2])] == ended


def test_a_cancelled_row_is_done():
    cancelled: set[int] = set()
    watch = Watch(2, is_cancelled=cancelled.__contains__)
    first, second = written([1, 1], [1, 1])
    watch(first)
    cancelled.add(1)

    assert [False, True] == watch(second)


def test_the_first_token_is_timed_once():
    watch = Watch(1)
    watch.start()
    first, second = written([1, 1])
    watch(first)
    first_s = watch.first_token_s
    watch(second)

    assert None is not first_s
    assert first_s == watch.first_token_s


def test_the_last_token_is_taken_from_what_generate_returned():
    """Before 4.39 the library does not ask again once its own limit says stop."""
    watch = Watch(1)
    first, second = written([1, 4])
    watch(first)
    watch.finish(second)

    assert [1, 4] == watch.tokens(0)


def test_an_answer_of_one_token_is_known_only_from_what_was_returned():
    watch = Watch(1)
    (only,) = written([4])
    watch.finish(only)

    assert [4] == watch.tokens(0)


def test_what_was_returned_is_not_taken_twice():
    watch = Watch(1)
    first, second = written([1, 4])
    watch(first)
    watch(second)
    watch.finish(second)

    assert [1, 4] == watch.tokens(0)


def test_a_watch_that_was_never_asked_knows_no_count():
    watch = Watch(1)

    assert None is watch.count(0)
    assert [] == watch.tokens(0)
    assert "stop" == watch.finish_reason(0)


def test_a_watch_starts_anew():
    """The same watch may see a batch again after a failed try."""
    watch = Watch(1)
    watch.end_ids = {2}
    for step in written([2]):
        watch(step)
    watch.start()
    for step in written([5]):
        watch(step)

    assert [5] == watch.tokens(0)
    assert "length" == watch.finish_reason(0)


def test_text_is_cut_at_the_first_stop_string():
    assert ("Total", True) == cut_at("Total \nUSER: more\n###", ("###", "\nUSER:"))


def test_text_without_a_stop_string_stays_as_it_is():
    assert ("Total ", False) == cut_at("Total ", ("###", ""))
