import random

import pytest
import table_recognition_metric
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.build import truth
from vlmhb.domain.score import Score, Unscored
from vlmhb.metrics.tables.teds import TEDS, TEDS_PLAIN, TEDS_S, TEDS_S_PLAIN

ALL = (TEDS, TEDS_S, TEDS_PLAIN, TEDS_S_PLAIN)
TABLE = "<table><tr><td>Товар</td><td>Цена</td></tr><tr><td>Болт</td><td>12,50</td></tr></table>"
DIALECTS = (
    "<table><thead><tr><th>Товар</th><th>Цена</th></tr></thead>"
    "<tbody><tr><td> Болт</td><td><b>12,50</b></td></tr></tbody></table>",
    "| Товар | Цена |\n|---|---|\n| Болт | 12,50 |",
    f"Вот таблица:\n```html\n{TABLE}\n```",
    TABLE.upper().replace("ТОВАР", "Товар").replace("ЦЕНА", "Цена").replace("БОЛТ", "Болт"),
)
HOSTILE = {
    "deep": "<table>" + "<div>" * 16_000,
    "nested": "<table><tr><td>" * 5_000,
    "long cell": f"<table><tr><td>{'а' * 80_000}",
    "spans": '<table><tr><td colspan="99999999999999" rowspan="x">1</td></tr></table>',
    "surrogate": "<table><tr><td>\ud800\0</td></tr></table>",
    "instruction": "<table><?x y?><!-- z --><tr><td>1</td></tr></table>",
    "empty": "<table>",
    "markup": "<table" + "<" * 1_000,
}


def random_table(rng: random.Random, rows: int, columns: int) -> str:
    """HTML of a table with sections, headers, spans, markup and gaps here and there."""
    head = "".join(f"<th>{rng.choice('абв')}</th>" for _ in range(columns))
    body = "".join(
        "<tr>" + "".join(random_cell(rng) for _ in range(columns) if rng.random() < 0.9) + "</tr>"
        for _ in range(rows)
    )
    table = (f"<thead><tr>{head}</tr></thead>" if rng.random() < 0.5 else "") + (
        f"<tbody>{body}</tbody>" if rng.random() < 0.5 else body
    )
    return f"<html><body><table>{table}</table></body></html>"


def random_cell(rng: random.Random) -> str:
    span = rng.choice(("", "", "", ' colspan="2"', ' rowspan="3"'))
    text = rng.choice(("", "цена", "цены 12", "<b>итого</b>", "ито<i>г</i>о", "合計"))
    return f"<td{span}>{text}</td>"


@pytest.mark.parametrize("seed", range(40))
def test_the_figures_are_those_of_the_oracle(seed):
    rng = random.Random(seed)
    answer = random_table(rng, rng.randint(0, 5), rng.randint(0, 5))
    target = random_table(rng, rng.randint(1, 5), rng.randint(1, 5))

    for metric, only_structure in ((TEDS, False), (TEDS_S, True)):
        expected = table_recognition_metric.TEDS(structure_only=only_structure)(answer, target)
        result = metric.score(answer, truth(target))

        assert isinstance(result, Score)
        assert max(0, expected) == pytest.approx(result.value, abs=1e-12)


@pytest.mark.parametrize(
    ("answer", "target"),
    [
        ("a<i>b</i>c", "a<i>b</i>d"),
        ("a<i>b</i>c", "abc"),
        ("a<i>b</i>c", "a<u>b</u>c"),
        ("a<br>b", "ab"),
        ("", "a"),
        ("<table><tr><td>a</td>x</tr></table>b", "<table><tr><td>a</td></tr></table>b"),
    ],
)
def test_contents_of_a_cell_are_compared_as_the_oracle_does(answer, target):
    pages = [f"<html><body><table><tr><td>{cell}</td></tr></table>" for cell in (answer, target)]

    result = TEDS.score(pages[0], truth(pages[1]))

    assert isinstance(result, Score)
    assert table_recognition_metric.TEDS()(*pages) == pytest.approx(result.numerator)


def test_the_figures_are_those_of_the_oracle_for_a_whole_page():
    rng = random.Random(1)
    answer, target = random_table(rng, 12, 6), random_table(rng, 12, 6)

    result = TEDS.score(answer, truth(target))

    assert isinstance(result, Score)
    assert table_recognition_metric.TEDS()(answer, target) == pytest.approx(result.value, abs=1e-12)


@pytest.mark.parametrize("metric", [TEDS_PLAIN, TEDS_S_PLAIN])
@pytest.mark.parametrize("answer", DIALECTS)
def test_the_dialect_does_not_matter_to_the_plain_figures(metric, answer):
    assert Score(1, 1) == metric.score(answer, truth(TABLE))


@pytest.mark.parametrize("metric", [TEDS_PLAIN, TEDS_S_PLAIN])
@pytest.mark.parametrize(
    "answer",
    [
        "<table><thead>{0}</thead>{1}{2}{3}</table>",
        "<table>{0}<tbody>{1}{2}</tbody>{3}</table>",
        "<table><thead>{0}</thead>{1}<tbody>{2}</tbody><tfoot>{3}</tfoot></table>",
    ],
)
def test_rows_keep_their_order_inside_and_beside_sections(metric, answer):
    rows = ("<tr><td>1</td></tr>", "<tr></tr>", "<tr><td>2</td><td>3</td></tr>", "<tr></tr>")

    assert Score(1, 1) == metric.score(
        answer.format(*rows), truth(f"<table>{''.join(rows)}</table>")
    )


def test_contents_do_not_matter_to_the_structure():
    answer = TABLE.replace("Болт", "Гайка")

    assert Score(1, 1) == TEDS_S.score(answer, truth(TABLE))
    assert TEDS.score(answer, truth(TABLE)) == Score(1 - 1 / 7, 1)
    assert Score(1, 1) == TEDS_S_PLAIN.score(answer, truth(TABLE))
    assert TEDS_PLAIN.score(answer, truth(TABLE)) == Score(1 - 1 / 7, 1)


def test_a_header_cell_is_no_cell_as_written():
    """PubTabNet compares what stands in `td` alone."""
    answer = TABLE.replace("td>", "th>")

    assert Score(1 - 4 / 7, 1) == TEDS_S.score(answer, truth(TABLE))


def test_the_closest_target_counts():
    assert Score(1, 1) == TEDS.score(TABLE, truth("<table><tr><td>1</td></tr></table>", TABLE))


@pytest.mark.parametrize("metric", ALL)
@pytest.mark.parametrize("answer", ["", "нет таблицы", "a | b"])
def test_an_answer_without_a_table_gets_nothing(metric, answer):
    assert Score(0, 1) == metric.score(answer, truth(TABLE))


@pytest.mark.parametrize("metric", ALL)
def test_a_failed_sample_gets_nothing(metric):
    assert Score(0, 1) == metric.worst(truth(TABLE))


@pytest.mark.parametrize("targets", [(), ("text",)])
def test_a_sample_without_a_true_table_is_unscored(targets):
    assert Unscored("no target holds a table") == TEDS.score(TABLE, truth(*targets))


def test_a_true_table_that_takes_too_long_is_unscored():
    large = f"<table>{'<tr><td>1</td></tr>' * 2_000}</table>"

    result = TEDS.score(TABLE, truth(large))

    assert Unscored("table too large: the true one has 4001 nodes") == result


@pytest.mark.parametrize("targets", [(0,), (0, 1), (1, 0)])
def test_the_largest_true_table_decides_whether_an_answer_of_four_times_its_size_could_be_compared(
    targets,
):
    tables = (f"<table>{'<tr></tr>' * 1_599}</table>", TABLE)

    result = TEDS.score(TABLE, truth(*(tables[place] for place in targets)))

    assert Unscored("table too large: the true one has 1600 nodes") == result


def test_an_answer_may_be_four_times_as_large_as_any_true_table():
    true = f"<table>{'<tr><td>1</td></tr>' * 740}</table>"
    answer = true.replace("</table>", "<tr></tr>" * 4_400 + "</table>")

    result = TEDS.score(answer, truth(true))

    assert Score(1481 / 5881, 1) == result


def test_an_answer_far_too_large_gets_nothing():
    """It cannot escape its score by running on."""
    large = f"<table>{'<tr><td>1</td></tr>' * 40_000}</table>"

    assert Score(0, 1) == TEDS_S.score(large, truth(TABLE.replace("</table>", "<tr></tr>" * 200)))


@pytest.mark.parametrize("metric", ALL)
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_table_is_scored(metric, name):
    result = metric.score(HOSTILE[name], truth(TABLE))

    assert isinstance(result, Score)
    assert 0 <= result.numerator <= 1
    assert isinstance(metric.score(TABLE, truth(HOSTILE[name])), Score | Unscored)


@pytest.mark.parametrize("metric", ALL)
@settings(max_examples=30, deadline=None)
@given(st.lists(st.lists(st.text(), min_size=1), min_size=1, max_size=5))
def test_a_table_is_wholly_like_itself(metric, rows):
    cells = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    table = f"<table>{cells}</table>"

    assert Score(1, 1) == metric.score(table, truth(table))
