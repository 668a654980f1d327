from vlmhb.report.charts.frame import NAME_CHARS, NAME_COLUMNS, Frame, chart, full_name, name_label
from vlmhb.report.text import width


def test_a_name_is_short_and_shows_what_cannot_be_seen():
    assert "org/model" == name_label("org/model")
    assert "a\\x00b\\u202ec\\udc80" == name_label("a\x00b\u202ec\udc80")
    assert NAME_CHARS == len(full_name("я" * 100_000))
    assert "one\\ntwo" == name_label("one\ntwo")


def test_what_tells_models_apart_is_kept():
    family = [f"microsoft/Florence-2-large-ft-long-{size}-Instruct" for size in ("2B", "8B")]

    assert "Qwen3-VL-30B-A3B-Instruct" == name_label("Qwen/Qwen3-VL-30B-A3B-Instruct")
    assert 2 == len({name_label(name) for name in family})
    assert all(width(name_label(name)) <= NAME_COLUMNS for name in (*family, "한" * 40, "/" * 80))


def test_a_chart_is_as_large_as_its_frame_says():
    spec = chart(Frame(width=100, height=50, left=20), [])

    assert ("none", 100, 50) == (spec["autosize"], spec["width"], spec["height"])
