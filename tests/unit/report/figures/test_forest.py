from dataclasses import replace

from tests.unit.report.figures.test_leaderboard import figure, table_of
from vlmhb.domain.results import Results
from vlmhb.domain.score import Direction
from vlmhb.report.figures.forest import Axis, ForestBar, axis_of, forest_bar

AXIS = Axis(0.0, 1.0)


def test_error_rates_have_an_axis_that_ends_where_they_end(results: Results):
    table = table_of(results, figure("reader-vl-3b", 0.02, 0.01), figure("chatty-vl-7b", 0.1, 0.02))

    assert Axis(0.0, 0.2) == axis_of(table)


def test_random_weights_do_not_stretch_the_axis(results: Results):
    table = table_of(results, figure("reader-vl-3b", 0.1), figure("tiny-random-llava", 40.0))

    assert Axis(0.0, 0.2) == axis_of(table)


def test_scores_run_to_one(results: Results):
    table = table_of(results, figure("reader-vl-3b", 0.1, direction=Direction.HIGHER))

    assert Axis(0.0, 1.0) == axis_of(table)


def test_an_axis_ends_at_a_whole_number_beyond_one(results: Results):
    assert Axis(0.0, 4.0) == axis_of(table_of(results, figure("reader-vl-3b", 3.2)))


def test_scores_in_the_thousands_end_at_two_digits(results: Results):
    table = table_of(results, figure("reader-vl-3b", 1531.2, direction=Direction.HIGHER))

    assert Axis(0.0, 1600.0) == axis_of(table)


def test_an_axis_starts_below_zero_where_figures_do(results: Results):
    """As rank correlations do."""
    table = table_of(
        results,
        figure("reader-vl-3b", 0.1, 0.3, direction=Direction.HIGHER),
        figure("chatty-vl-7b", 0.6, 0.1, direction=Direction.HIGHER),
    )

    axis = axis_of(table)

    assert Axis(-1.0, 1.0) == axis
    assert ForestBar(75.0, 60.0, 90.0, beyond=False) == forest_bar(figure("m", 0.0, 0.2), axis)


def test_a_bar_lies_where_its_figures_are():
    assert ForestBar(75.0, 60.0, 90.0, beyond=False) == forest_bar(figure("m", 0.5, 0.1), AXIS)


def test_a_bar_beyond_the_axis_is_marked():
    bar = forest_bar(figure("m", 3.0, None), Axis(0.0, 0.5))

    assert ForestBar(150.0, 150.0, 150.0, beyond=True) == bar


def test_no_figure_has_no_bar():
    assert forest_bar(replace(figure("m", None), value_failed_as_wrong=1.0), AXIS) is None
