"""`vlmhb init`: what it writes works as it is."""

import json
from pathlib import Path

import pyarrow
import pyarrow.parquet
import pytest

from tests.guides import block, follow, not_in
from tests.unit.datasets import test_rpo
from tests.unit.datasets.tables import png
from tests.workspace import Workspace

ROW = {"question": "Which number?", "answer": "7"}
HEADER = "data_index;split;image_path;question;answer;doc_class;question_type;answer_bbox"
FILES = {
    "questions.jsonl": json.dumps({"image": "a.png", **ROW}),
    "others.jsonl": json.dumps({"img": "a.png", "query": "q", "label": "A", "options": ["x", "y"]}),
    "fields.jsonl": json.dumps({"image": "a.png", "answer": {"total": "12"}}),
    "text.jsonl": json.dumps({"image": "a.png", "text": "all of it"}),
    "unscored.jsonl": json.dumps({"image": "a.png", "question": "q"}),
    "choices.tsv": "index\timage_path\tquestion\tA\tB\tanswer\n1\ta.png\tq\tx\ty\tA",
    "yes_no.tsv": "index\timage_path\tquestion\tanswer\n1\ta.png\tq\tYes",
    "annotation.csv": f"{HEADER}\n0;;a.png;q;1;form;total;",
    "a.txt": "text",
    "a.json": '{"total": "1"}',
}


def put(folder: Path, kind: str) -> None:
    """A small dataset of this kind: an image and a file beside it, or many files."""
    folder.mkdir(parents=True)
    (folder / "a.png").write_bytes(png(40))
    if kind == "parquet":
        table = pyarrow.Table.from_pylist([{"image": {"bytes": png(9)}, **ROW}])
        pyarrow.parquet.write_table(table, folder / "test-00000-of-00001.parquet")
    elif kind == "bundles":
        test_rpo.write(folder)
    elif kind != "documents":
        (folder / kind).write_text(FILES[kind] + "\n")


KINDS = ("documents", "parquet", "bundles", *FILES)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_written_is_valid_and_can_be_planned(workspace: Workspace, kind: str):
    put(workspace.path / "my data", kind)

    begun = workspace.vlmhb("init", "my data")
    valid = workspace.vlmhb("validate", "my-data")
    planned = workspace.vlmhb("plan", "my-data", "--json")

    assert 0 == begun.code, begun.err
    assert 0 == valid.code, valid.err
    assert "note:" not in valid.out
    assert 0 == planned.code, planned.err
    assert all(row["requests"] for row in planned.json["models"])


@pytest.mark.parametrize("kind", ["documents", "annotation.csv"])
def test_every_line_that_is_a_comment_may_become_one_that_counts(workspace: Workspace, kind: str):
    put(workspace.path / "d", kind)
    workspace.vlmhb("init", "d")
    run = workspace.path / "configs/runs/d.yaml"
    text = run.read_text()
    for line in ("# - qwen2.5-vl-3b", "# - smolvlm-256m", "# limit: 50", "# filter: {doc_class"):
        assert line in text
        text = text.replace(line, line.removeprefix("# "))
    run.write_text(text.replace("[invoice]", "[form]" if kind == "annotation.csv" else '[""]'))

    end = workspace.vlmhb("validate", "d")

    assert 0 == end.code, end.err


def test_the_comments_name_the_next_two_commands(workspace: Workspace):
    put(workspace.path / "d", "a.txt")

    end = workspace.vlmhb("init", "d")

    first = (workspace.path / "configs/runs/d.yaml").read_text().splitlines()[:3]
    assert ["#   vlmhb plan d", "#   vlmhb run d"] == first[1:]
    assert "next: vlmhb plan d, then vlmhb run d" == end.out.splitlines()[-1]


def test_nothing_is_overwritten_unless_it_may_be(workspace: Workspace):
    put(workspace.path / "d", "a.txt")
    task = workspace.path / "configs/tasks/d.yaml"
    task.write_text("mine")

    refused = workspace.vlmhb("init", "d")

    assert 2 == refused.code
    assert "configs/tasks/d.yaml is there already" in refused.err
    assert "--force" in refused.err
    assert "mine" == task.read_text()
    assert not (workspace.path / "configs/runs/d.yaml").exists()
    assert 0 == workspace.vlmhb("init", "d", "--force").code
    assert "mine" != task.read_text()


def test_a_dataset_elsewhere_is_named_by_its_whole_path(workspace: Workspace, tmp_path: Path):
    put(tmp_path / "elsewhere", "a.txt")

    workspace.vlmhb("init", str(tmp_path / "elsewhere"), "--name", "far")

    assert f"root: {tmp_path}/elsewhere" in (workspace.path / "configs/tasks/far.yaml").read_text()
    assert 0 == workspace.vlmhb("validate", "far").code


def test_without_a_folder_this_one_is_looked_at(workspace: Workspace, tmp_path: Path):
    put(tmp_path / "here", "questions.jsonl")
    here = Workspace(tmp_path / "here", workspace.envs)

    begun = here.vlmhb("init", "--json")

    assert ("init", "jsonl", "configs/runs/here.yaml") == (
        begun.json["kind"],
        begun.json["format"],
        begun.json["run"],
    )
    assert 0 == here.vlmhb("validate", "here").code


@pytest.mark.parametrize(
    "name", ["a: b", "- x #y", "1", "true", "д'о\"к", "a\nb", "\x1b[31m", "..."]
)
def test_names_of_folders_cannot_break_the_files(workspace: Workspace, name: str):
    put(workspace.path / "in" / name, "a.txt")

    begun = workspace.vlmhb("init", str(Path("in") / name), "--json")

    assert 0 == begun.code, begun.err
    end = workspace.vlmhb("validate", begun.json["run"])
    assert 0 == end.code, end.err


def test_what_is_no_dataset_starts_nothing(workspace: Workspace):
    (workspace.path / "empty").mkdir()

    end = workspace.vlmhb("init", "empty")

    assert 2 == end.code
    assert "Expected: annotation.csv" in end.err
    assert "Next: " in end.err


@pytest.mark.parametrize("name", ["", "../x", "a/b", "-x", "a.yaml"])
def test_a_name_that_is_none_is_refused(workspace: Workspace, name: str):
    put(workspace.path / "d", "a.txt")

    assert 2 == workspace.vlmhb("init", "d", f"--name={name}").code
    assert not (workspace.path / "configs/tasks/d.yaml").exists()


def test_the_guide_works_as_it_stands(workspace: Workspace):
    put(workspace.path / "documents", "a.txt")

    (step,) = follow("init.md", workspace.path, workspace.environment())

    assert 0 == step.returncode, step.stderr
    assert f"found: documents, {workspace.path}/documents\n" in step.stdout
    assert [] == not_in(step.stdout, block("init.md", "found: documents"))
    assert "documents: 1 sample, 1 document" in step.stdout
