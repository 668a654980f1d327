import itertools

from hypothesis import given
from hypothesis import strategies as st

from vlmhb.report.charts.labels import COLUMN_PX, LINE_PX, Place, places_of
from vlmhb.report.text import width

SIZE = (400, 220)
POINTS = st.lists(st.tuples(st.floats(0, SIZE[0]), st.floats(0, SIZE[1])), max_size=15)


def box(place: Place, name: str) -> tuple[float, float, float, float]:
    length = width(name) * COLUMN_PX
    left = place.x if place.align == "left" else place.x - length
    return left, place.y - LINE_PX / 2, left + length, place.y + LINE_PX / 2


def meets(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


@given(POINTS, st.text("aЖ한", max_size=20))
def test_no_name_covers_another_or_leaves_the_plot(points, suffix):
    names = [f"model {number}{suffix}" for number in range(len(points))]

    places = places_of(points, names, SIZE)

    boxes = [box(place, name) for place, name in zip(places, names, strict=True) if place]
    assert not any(meets(one, other) for one, other in itertools.combinations(boxes, 2))
    assert all(
        left >= 0 and top >= 0 and right <= SIZE[0] and bottom <= SIZE[1]
        for left, top, right, bottom in boxes
    )


def test_a_point_alone_has_its_name_on_its_right():
    (place,) = places_of([(50, 100)], ["model"], SIZE)

    assert place is not None
    assert ("left", 100) == (place.align, place.y)
    assert place.x > 50


def test_a_name_goes_to_the_other_side_of_a_line():
    (place,) = places_of([(200, 100)], ["model"], SIZE, [((200, 100), (400, 100))])

    assert place is not None
    assert ("right", 100) == (place.align, place.y)


def test_a_name_that_has_no_room_is_left_out():
    assert (None,) == places_of([(200, 100)], ["m" * 100], SIZE)
