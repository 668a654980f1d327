"""Which columns of a file hold the answers, and what is said of ids that are none."""

from pathlib import Path

import pytest

from vlmhb.errors import UsageError
from vlmhb.exchange.data_frame import typed
from vlmhb.exchange.given import GivenFile, Wanted

IDS = tuple(f"{number:03}" for number in range(30))


def given(folder: Path, text: str, **wanted: str) -> GivenFile:
    file = folder / "theirs.csv"
    file.write_text(text, encoding="utf-8")
    return GivenFile.read("theirs", file, Wanted(**wanted))


@pytest.mark.parametrize(
    ("header", "layout"),
    [
        ("id;model_answer", "vhb"),
        ("sample_id;model_answer", "vhb"),
        ("id;model_answer;note", "plain"),
        ("id;answer", "plain"),
        ("number;model_answer", "plain"),
        ("index;prediction", "vlmeval"),
        ("index;prediction;id;model_answer", "vlmeval"),
        ("index;answer", "plain"),
    ],
)
def test_a_file_is_known_by_its_columns(tmp_path: Path, header: str, layout: str):
    columns = header.split(";")

    cells = ";".join("1" for _ in columns)
    found = given(tmp_path, f"{header}\n{cells}\n", id_column=columns[0], answer_column=columns[1])

    assert layout == found.layout


def test_ids_of_a_table_of_vlmevalkit_are_its_index_whatever_else_it_has(tmp_path: Path):
    found = given(tmp_path, "id,index,response,prediction\nvalidation_7,001,x,A\n")

    assert {"001": "A"} == found.by_sample(IDS)


@pytest.mark.parametrize("layout", ["csv", "jsonl"])
def test_a_file_said_to_be_plain_is_not_taken_for_vlmevalkit_s(tmp_path: Path, layout: str):
    found = given(tmp_path, "id,index,prediction\n001,7,A\n", layout=layout)

    assert ("plain", {"001": "A"}) == (found.layout, found.by_sample(IDS))


def test_a_file_said_to_be_vlmevalkit_s_has_its_columns(tmp_path: Path):
    found = given(tmp_path, "id,index,prediction,answer\n7,001,A,B\n", layout="vlmeval")

    assert ("vlmeval", {"001": "A"}) == (found.layout, found.by_sample(IDS))


@pytest.mark.parametrize("unknown", [20, 21])
def test_the_first_twenty_wrong_rows_are_told_with_some_of_the_ids_there_are(
    tmp_path: Path, unknown: int
):
    found = given(tmp_path, "id,answer\n" + "".join(f"x{n},a\n" for n in range(unknown)))

    with pytest.raises(UsageError) as caught:
        found.by_sample(IDS[::-1])

    lines = caught.value.got.strip().split("\n  ")
    assert 20 == sum("no sample has the id" in line for line in lines)
    assert (["and 1 more"] if unknown > 20 else []) == lines[20:]
    assert "ids of the task are 000, 001, 002, 003, ..." in str(caught.value)


def test_a_column_of_truths_is_one_with_gaps_or_without():
    assert [True, False] == typed(["TRUE", "false"])
    assert [True, None] == typed(["True", ""])
    assert ["True", "yes"] == typed(["True", "yes"])
    assert [None, None] == typed(["", "NaN"])
