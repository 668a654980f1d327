"""A run over a dataset of each format, from its files to the report."""

import json
from pathlib import Path

import pyarrow
import pyarrow.parquet
import pytest

from tests.unit.datasets.tables import b64, png, write_tsv
from tests.workspace import Workspace
from vlmhb.domain.answer import Answer
from vlmhb.store import read_journal

pytestmark = pytest.mark.uv


def write_tsv_here(data: Path) -> None:
    write_tsv(data, *({"index": n, "image": b64(png(30 + n)), "question": n} for n in range(3)))


def write_jsonl(data: Path) -> None:
    lines = ({"image": {"base64": b64(png(30 + n))}, "question": str(n)} for n in range(3))
    (data / "table.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines))


def write_parquet(data: Path) -> None:
    rows = [{"image": {"bytes": png(30 + n)}, "question": str(n)} for n in range(3)]
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), data / "table.parquet")


FORMATS = {
    "vlmeval_tsv": ("table.tsv", write_tsv_here, "table.tsv#index=2"),
    "jsonl": ("table.jsonl", write_jsonl, "table.jsonl#line=3"),
    "parquet": ("table.parquet", write_parquet, "table.parquet#row=2"),
}


@pytest.mark.parametrize("name", FORMATS)
def test_pages_that_are_no_files_are_shown_to_the_model_and_the_reader(
    workspace: Workspace, name: str
):
    annotation, write, page = FORMATS[name]
    write(workspace.path / "data")
    task = workspace.path / "configs/tasks/numbers.yaml"
    text = task.read_text("utf-8")
    text = text.replace("annotation_csv", name).replace("annotation.csv", annotation)
    task.write_text(text, "utf-8")

    end = workspace.vlmhb(
        "run", "run", "--out", "out", VLMHB_DATASETS=str(workspace.path / "cache")
    )

    assert 0 == end.code, end.err
    outcomes = read_journal(workspace.path / "out/answers.jsonl").outcomes
    texts = {outcome.text for outcome in outcomes.values() if isinstance(outcome, Answer)}
    assert 3 == len(outcomes) == len(texts)
    assert 3 == len(list((workspace.path / "out/pages").iterdir()))
    assert page in (workspace.path / "out/inputs.json").read_text("utf-8")
    assert 0 == workspace.vlmhb("report", "out").code
