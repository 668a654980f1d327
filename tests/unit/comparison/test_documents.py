"""The documents of a comparison: what they say, and that nothing in them is more than text."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from tests.build import failed, model
from tests.unit.comparison.hostile_runs import ENCODABLE, hostile_comparison
from tests.unit.comparison.runs import compared, numbered, right, task_of, write_run
from tests.unit.report.page.test_to_html import Page, digest, policy
from tests.unit.report.tables.test_to_markdown import rendered, rows_of
from vlmhb.comparison import Limit, breaches, render_comparison
from vlmhb.comparison.changed import SHOWN_SAMPLES
from vlmhb.comparison.compare import Comparison
from vlmhb.comparison.write import documents_of
from vlmhb.domain.decision import Decided, Decision
from vlmhb.report.tables.bounded import COMMENT_CHARS

CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
SAMPLES = numbered(12)


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Comparison:
    folder = tmp_path_factory.mktemp("runs")
    task = task_of(SAMPLES, scale=100.0)
    after = right(SAMPLES, 0, 1, 2, 3, 4, 5, 6) | {"9": failed()}
    a = write_run(folder / "a", {"m": right(SAMPLES, 0)}, task)
    b = write_run(
        folder / "b", {"m": after}, task_of(SAMPLES, prompt="? {{ question }}", scale=100)
    )
    return compared(a, b)


@pytest.fixture(scope="module")
def documents(found: Comparison) -> dict[str, bytes]:
    return documents_of(found, breaches(found, [Limit("cer", 0.01)]))


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Comparison:
    return hostile_comparison(tmp_path_factory.mktemp("hostile"))


@pytest.fixture(scope="module")
def hostile_documents(hostile: Comparison) -> dict[str, bytes]:
    return documents_of(hostile, breaches(hostile, [Limit("cer", 0.0)]))


def test_the_same_runs_give_the_same_bytes(found: Comparison, documents: dict[str, bytes]):
    assert documents == documents_of(found, breaches(found, [Limit("cer", 0.01)]))


def test_the_json_has_every_figure_and_every_changed_sample(documents: dict[str, bytes]):
    content = json.loads(documents["comparison.json"])

    (pair,) = content["pairs"]
    (task,) = pair["tasks"]
    exact, cer = task["metrics"]
    assert (1, 2) == (content["schema_version"], content["n_tests"])
    assert ("exact_match", "higher", "worse", 100.0) == (
        exact["metric"],
        exact["direction"],
        exact["finding"],
        exact["scale"],
    )
    assert pytest.approx(-7 / 12) == exact["ranked"]["delta"]
    assert pytest.approx(-6 / 11) == exact["answered"]["delta"]
    assert {"only_a": 7, "only_b": 0, "p": 2 / 2**7} == exact["mcnemar"]
    assert {"scored": 11, "failed": 1, "unscored": 0} == exact["counts_b"]
    assert "cer" == cer["metric"]
    assert (7, 7, 0) == (task["n_changed"], task["n_worse"], task["n_better"])
    assert {"1", "2", "3", "4", "5", "6", "9"} == {one["sample_id"] for one in task["changed"]}
    assert ["What is 0?", "? What is 0?"] == [
        task["differences"]["prompts"][0][side] for side in "ab"
    ]
    assert ["cer"] == [one["metric"] for one in content["breaches"]]


def test_every_document_tells_figures_changes_and_what_differs(
    found: Comparison, documents: dict[str, bytes]
):
    texts = (
        Page(documents["comparison.html"]).text,
        documents["comparison.md"].decode(),
        render_comparison(found),
    )

    for text in texts:
        for words in ("91.7", "33.3", "−58.3", "0.016 (7, 0)", "11 scored, 1 failed", "worse"):
            assert words in text
        assert "×100" in text
        assert "prompt" in text


def test_a_broken_limit_is_told_first(documents: dict[str, bytes]):
    assert "regression: cer on fields" in Page(documents["comparison.html"]).text
    assert "regression&#58; cer on fields" in documents["comparison.md"].decode().splitlines()[2]


def test_the_page_runs_nothing_but_its_own_script(documents: dict[str, bytes]):
    page = Page(documents["comparison.html"])

    assert policy(page).startswith("default-src 'none';")
    assert f"script-src 'sha256-{digest(page.blocks['script'])}';" in policy(page)
    assert f"style-src 'sha256-{digest(page.blocks['style'])}';" in policy(page)
    wanted = [
        value
        for _, attributes in page.tags
        for name in ("src", "href", "action", "srcset")
        if (value := attributes.get(name)) and not value.startswith("#")
    ]
    assert [] == wanted


def test_hostile_text_adds_no_tag_and_no_attribute(
    documents: dict[str, bytes], hostile_documents: dict[str, bytes]
):
    plain, page = Page(documents["comparison.html"]), Page(hostile_documents["comparison.html"])

    assert {tag for tag, _ in page.tags} <= {tag for tag, _ in plain.tags} | {"span"}
    assert 1 == len([tag for tag, _ in page.tags if tag == "script"])
    names = {name for _, attributes in page.tags for name in attributes}
    assert not [name for name in names if name.startswith("on") or name == "style"]


def test_hostile_text_is_shown_as_text(hostile_documents: dict[str, bytes]):
    page = Page(hostile_documents["comparison.html"])

    assert "<img src=x onerror=alert(1)>" in page.text
    assert "\\x1b[2J" in page.text
    assert not CONTROL.search(page.text)


def test_hostile_text_breaks_no_markdown_table_and_no_terminal(
    hostile: Comparison, hostile_documents: dict[str, bytes]
):
    markdown = hostile_documents["comparison.md"].decode()

    tables = [line for line in markdown.splitlines() if line.startswith("|")]
    assert {5, 6, 10} == {line.count("|") for line in tables}
    assert not re.search(r"<(script|img|svg|iframe|a|b)\b", markdown)
    assert not CONTROL.search(markdown)
    assert not CONTROL.search(render_comparison(hostile))


def test_what_is_rendered_of_hostile_markdown_is_tables_and_text(
    hostile_documents: dict[str, bytes],
):
    tokens = rendered(hostile_documents["comparison.md"].decode())

    foreign = {"link_open", "image", "fence", "code_block", "blockquote_open", "hr"}
    assert not foreign & {token.type for token in tokens}
    assert len(rows_of(tokens)) > 2
    for table in rows_of(tokens):
        assert {table[0]} == {*table}


def test_hostile_ids_come_back_from_the_json_as_they_were(hostile_documents: dict[str, bytes]):
    content = json.loads(hostile_documents["comparison.json"])

    (pair,) = content["pairs"]
    (task,) = pair["tasks"]
    known = {f"{text[:200]} {place}" for place, text in enumerate(ENCODABLE)}
    assert task["changed"]
    assert {one["sample_id"] for one in task["changed"]} <= known


def test_of_many_changed_samples_the_page_shows_both_ends(tmp_path: Path):
    samples = numbered(SHOWN_SAMPLES + 50)
    task = task_of(samples)
    half = len(samples) // 2
    a = write_run(tmp_path / "a", {"m": right(samples, *range(half))}, task)
    b = write_run(tmp_path / "b", {"m": right(samples, *range(half, len(samples)))}, task)

    page = Page(documents_of(compared(a, b), ())["comparison.html"])

    shown = [
        attributes["data-trend"]
        for tag, attributes in page.tags
        if tag == "details" and "data-trend" in attributes
    ]
    assert [SHOWN_SAMPLES // 2] * 2 == [shown.count("worse"), shown.count("better")]
    assert f"Shown are the {SHOWN_SAMPLES}" in page.text


def test_the_markdown_shows_the_beginning_of_long_lists_and_says_where_the_rest_is(tmp_path: Path):
    samples = numbered(30)
    params = [{f"param{n}": n + place for n in range(40)} for place in (0, 1)]
    a, b = (
        write_run(
            tmp_path / name,
            {"m": right(samples, *wrong)},
            task_of(samples),
            models=(model("m", params=params[place]),),
        )
        for place, (name, wrong) in enumerate((("a", ()), ("b", range(25))))
    )
    found = replace(compared(a, b), unpaired=("b:<x>",))

    text = documents_of(found, ())["comparison.md"].decode()

    assert "10 more are in `comparison.json`." in text
    assert "The others, less worse and better ones last, are in `comparison.html`." in text
    assert "Not compared, on one side only: <code>b&#58;&#60;x&#62;</code>" in text
    assert "37 more" in render_comparison(found)
    assert "not compared, on one side only: b:<x>" in render_comparison(found)


def test_what_was_decided_about_the_models_is_told_everywhere(found: Comparison):
    (pair,) = found.pairs
    chosen = Decision("m", Decided.CHOSEN, "best <b>totals</b>")
    rejected = Decision("m", Decided.REJECTED)
    decided = replace(found, pairs=(replace(pair, decision_a=rejected, decision_b=chosen),))

    documents = documents_of(decided, ())

    (told,) = json.loads(documents["comparison.json"])["pairs"]
    assert ("rejected", "best <b>totals</b>") == (
        told["decision_a"]["state"],
        told["decision_b"]["note"],
    )
    page = Page(documents["comparison.html"]).text
    assert "B is chosen: best <b>totals</b>" in page
    assert "rejected" in page
    markdown = documents["comparison.md"].decode()
    assert "(chosen: <code>best &#60;b&#62;totals&#60;&#47;b&#62;</code>)" in markdown
    assert "(rejected)" in markdown
    assert "(chosen: best <b>totals</b>)" in render_comparison(decided)


def test_a_comparison_of_many_models_fits_into_a_comment(found: Comparison):
    (pair,) = found.pairs
    many = replace(found, pairs=tuple(replace(pair, b=f"b:{n}") for n in range(100)))

    broken = breaches(found, [Limit("cer", 0.01)]) * 40
    text = documents_of(many, broken)["comparison.md"].decode()

    assert len(text) <= COMMENT_CHARS
    assert "- 10 more are in `comparison.json`" in text
    assert "Cut to the 65,536 characters of a comment. Left out: " in text
    assert text.count("### `fields`") > 50


def test_what_the_gate_says_fits_into_a_comment(found: Comparison):
    """However long, and however much of it has to be spelled out."""
    (broken,) = breaches(found, [Limit("cer", 0.01)])
    long = replace(broken, a="<" * 900)

    text = documents_of(found, [long] * 30)["comparison.md"].decode()

    assert len(text) <= COMMENT_CHARS
    assert re.search(r"^- \d+ more are in `comparison.json`$", text, re.MULTILINE)
    assert "### `fields`" in text


def test_models_of_one_side_that_are_not_named_are_counted(found: Comparison):
    alone = replace(found, unpaired=tuple(f"a:{number}" for number in range(40)))

    text = documents_of(alone, ())["comparison.md"].decode()

    assert "one side only: `a:29`\n- 10 more are in `comparison.json`\n\n" in text


def test_names_in_what_is_folded_are_no_markdown(documents: dict[str, bytes]):
    """Nothing between tags is read as Markdown, so a backquote would be seen."""
    summaries = re.findall("<summary>(.*)</summary>", documents["comparison.md"].decode())

    assert "Differs on <code>fields</code>: prompts (1)" in summaries, summaries


def test_what_a_metric_could_not_do_is_told_everywhere(found: Comparison):
    (pair,) = found.pairs
    (task,) = pair.tasks
    tested = (replace(task.tested[0], delta=replace(task.tested[0].delta, problem="no <counts>")),)
    broken = replace(
        found, pairs=(replace(pair, tasks=(replace(task, tested=tested, groups=()),)),)
    )

    documents = documents_of(broken, ())

    assert "no <counts>" in Page(documents["comparison.html"]).text
    assert "no &#60;counts&#62;" in documents["comparison.md"].decode()
    assert "no <counts>" in render_comparison(broken)
