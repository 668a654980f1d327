import itertools

from hypothesis import given
from hypothesis import strategies as st

from vlmhb.domain.score import Direction
from vlmhb.report.charts.pareto import Choice, Directions, dominates, frontier, stairs

# Few different figures, so that models are often equal in one of them or in both.
FIGURES = st.integers(0, 6).map(float)
CHOICES = st.lists(st.tuples(FIGURES, FIGURES), max_size=12).map(
    lambda pairs: [Choice(str(number), *pair) for number, pair in enumerate(pairs)]
)
DIRECTIONS = st.sampled_from([Directions(*pair) for pair in itertools.product(Direction, repeat=2)])
CHEAP_AND_LOW = Directions(Direction.LOWER, Direction.LOWER)


@given(CHOICES, DIRECTIONS)
def test_the_frontier_is_all_that_no_other_dominates(choices: list[Choice], directions: Directions):
    expected = {
        one.name
        for one in choices
        if not any(dominates(other, one, directions) for other in choices)
    }

    assert expected == {choice.name for choice in frontier(choices, directions)}


@given(CHOICES, DIRECTIONS, st.randoms())
def test_the_order_of_the_models_changes_nothing(choices, directions, dice):
    mixed = dice.sample(choices, len(choices))

    assert set(frontier(choices, directions)) == set(frontier(mixed, directions))
    assert stairs(choices, directions) == stairs(mixed, directions)


@given(CHOICES)
def test_turning_a_figure_around_turns_its_direction_around(choices: list[Choice]):
    faster = [Choice(each.name, -each.cost, each.quality) for each in choices]
    turned = Directions(Direction.HIGHER, Direction.LOWER)

    ours = {choice.name for choice in frontier(choices, CHEAP_AND_LOW)}

    assert ours == {choice.name for choice in frontier(faster, turned)}


@given(CHOICES, DIRECTIONS)
def test_nothing_dominates_itself_or_what_dominates_it(choices, directions):
    for one, other in itertools.product(choices, repeat=2):
        assert not (dominates(one, other, directions) and dominates(other, one, directions))


@given(CHOICES, DIRECTIONS)
def test_no_model_lies_beyond_the_stairs(choices: list[Choice], directions: Directions):
    line = stairs(choices, directions)

    steps = list(itertools.pairwise(line))
    assert all(a[0] == b[0] or a[1] == b[1] for a, b in steps)
    for cost, quality in line:
        corner = Choice("corner", cost, quality)
        assert not any(
            dominates(corner, choice, directions) for choice in frontier(choices, directions)
        )


def test_a_worse_and_dearer_model_is_left_out():
    cheap, good, bad = Choice("cheap", 1, 0.3), Choice("good", 5, 0.1), Choice("bad", 5, 0.4)

    assert (cheap, good) == frontier([bad, good, cheap], CHEAP_AND_LOW)
    assert ((1, 0.3), (5, 0.3), (5, 0.1)) == stairs([bad, good, cheap], CHEAP_AND_LOW)


def test_models_that_are_equal_in_both_are_both_on_the_frontier():
    one, other = Choice("one", 1, 0.3), Choice("other", 1, 0.3)

    assert (one, other) == frontier([one, other], CHEAP_AND_LOW)
