"""The places of rows in the groups of VLMEvalKit's benchmarks."""

import pytest

from vlmhb.datasets.vlmeval_groups import hallusionbench, naturalbench, places


def test_indexes_count_as_numbers_in_whatever_order_they_come():
    assert {"9": 0, "10": 1, "100": 2} == places(["100", "9", "10"])


@pytest.mark.parametrize("odd", ["x", "²", "٣", "-1"])
def test_indexes_that_are_not_all_whole_numbers_are_ordered_as_texts(odd: str):
    indexes = ["9", odd, "10"]

    assert sorted(indexes) == list(places(indexes))
    assert places(["9", "10", odd]) == places(indexes)


def test_four_rows_on_end_are_two_questions_about_two_images():
    found = [naturalbench("", place, {}) for place in range(8)]

    assert ["0"] * 4 + ["1"] * 4 == [one.group for one in found]
    assert ["0", "0", "1", "1"] * 2 == [one.place["question_id"] for one in found]
    assert ["0", "1", "0", "1"] * 2 == [one.place["image_id"] for one in found]


def test_what_an_index_of_hallusionbench_says_after_its_question_is_not_read():
    found = hallusionbench("0_VD_chart_4_1_2_more", 0, {"l2-category": "chart"})

    assert ("chart_4", {"set_id": "4", "figure_id": "1", "question_id": "2"}) == (
        found.group,
        found.place,
    )
