import io
import zipfile
from dataclasses import replace

import openpyxl
from openpyxl.worksheet.worksheet import Worksheet

from tests.strict_xlsx import faults_of
from tests.unit.report.figures.test_costs import FIRST, measured
from tests.unit.report.hostile import HOSTILE
from tests.unit.report.sample_results import fingerprint_of
from tests.unit.report.tables.test_workbook import as_written
from vlmhb.domain.results import Results
from vlmhb.domain.score import Unscored
from vlmhb.report.write import documents_of


def sheets(content: bytes) -> dict[str, Worksheet]:
    book = openpyxl.load_workbook(io.BytesIO(content))
    return {sheet.title: sheet for sheet in book.worksheets}


def table(sheet: Worksheet) -> list[dict[str, object]]:
    rows = list(sheet.iter_rows(values_only=True))
    return [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]


def test_the_sheets_are_the_documented_ones(documents: dict[str, bytes]):
    assert [
        "summary",
        "models by tasks",
        "by class",
        "by field",
        "by language",
        "other groups",
        "samples",
        "failures",
        "not scored",
        "costs",
        "problems",
        "decisions",
        "provenance",
    ] == list(sheets(documents["results.xlsx"]))


def test_a_strict_reader_finds_nothing_wrong(
    documents: dict[str, bytes], hostile_documents: dict[str, bytes]
):
    assert [] == faults_of(documents["results.xlsx"])
    assert [] == faults_of(hostile_documents["results.xlsx"])


def test_figures_are_numbers(documents: dict[str, bytes]):
    made = sheets(documents["results.xlsx"])
    first = table(made["summary"])[0]
    sample = table(made["samples"])[0]

    assert ("chatty-vl-7b", 1, 0) == (first["model"], first["rank"], first["value"])
    assert isinstance(sample["generate_s"], float)
    assert {int, type(None)} == {type(row["prompt_tokens"]) for row in table(made["samples"])}
    assert isinstance(sample["cer"], float)


def test_unlocked_envs_are_noted_and_named(documents: dict[str, bytes]):
    made = sheets(documents["results.xlsx"])
    notes = {row["note"] for row in table(made["summary"]) if row["model"] == "chatty-vl-7b"}
    envs = [
        row["value"]
        for row in table(made["provenance"])
        if (row["section"], row["name"]) == ("model chatty-vl-7b", "env")
    ]

    assert {"unlocked"} == notes
    assert [
        f"transformers-4.37, {fingerprint_of('transformers-4.37')}",
        f"lent (unlocked), {fingerprint_of('lent')}",
    ] == envs


def test_reasons_of_samples_in_no_figure_are_counted_and_are_never_formulas(results: Results):
    formula = '=HYPERLINK("http://192.0.2.1/","x")'
    scores = tuple(replace(score, result=Unscored(formula)) for score in results.scores)

    made = sheets(documents_of(replace(results, scores=scores))["results.xlsx"])["not scored"]

    assert {formula} == {row["reason"] for row in table(made)}
    assert len(scores) == sum(cell.value for cell in made["F"][1:])
    assert {"s", "n"} == {cell.data_type for row in made.iter_rows() for cell in row}


def test_costs_are_numbers_and_what_was_not_measured_is_an_empty_cell(results: Results):
    telemetry = measured(results, replace(FIRST, energy_wh=None), price=3.6)

    (row,) = table(sheets(documents_of(telemetry)["results.xlsx"])["costs"])

    assert (results.models[0].name, FIRST.n_pages) == (row["model"], row["pages"])
    assert isinstance(row["price per 1,000 pages"], float)
    assert row["energy (Wh)"] is None


def test_problems_have_a_sheet(results: Results):
    first = results.tasks[0]
    misspelt = replace(first, task=replace(first.task, group_by=(("langauge",),)))
    changed = replace(results, tasks=(misspelt, *results.tasks[1:]))

    (problem,) = table(sheets(documents_of(changed)["results.xlsx"])["problems"])

    assert ("page-text", "by_langauge") == (problem["task"], problem["metric"])


def test_no_hostile_text_becomes_a_formula_or_a_link(hostile_documents: dict[str, bytes]):
    for sheet in sheets(hostile_documents["results.xlsx"]).values():
        cells = [cell for row in sheet.iter_rows() for cell in row]

        assert {"s", "n"} >= {cell.data_type for cell in cells}
        assert not [cell for cell in cells if cell.hyperlink]


def test_hostile_answers_come_back_or_say_how_they_were_changed(
    hostile_documents: dict[str, bytes],
):
    rows = table(sheets(hostile_documents["results.xlsx"])["samples"])[: len(HOSTILE)]

    for text, row in zip(HOSTILE, rows, strict=True):
        answer, marks = str(row["answer"] or ""), str(row["changed to fit the format"])
        if "answer cut" in marks or "answer escaped, cut" in marks:
            assert answer.endswith(
                "[…cut; the whole text is in answers.csv; of scores: scores.csv]"
            )
        else:
            assert text == (as_written(answer) if "answer escaped" in marks else answer)
    changed = [row for row in rows if row["changed to fit the format"]]
    assert 0 < len(changed) < len(HOSTILE) / 2


def test_the_file_does_not_tell_when_it_was_made(documents: dict[str, bytes]):
    with zipfile.ZipFile(io.BytesIO(documents["results.xlsx"])) as archive:
        dates = {entry.date_time[:3] for entry in archive.infolist()}
        properties = archive.read("docProps/core.xml")

    assert {(1980, 1, 31)} == dates
    assert 2 == properties.count(b"2000-01-01T00:00:00Z")
