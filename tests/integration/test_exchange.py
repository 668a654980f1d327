"""Answers made elsewhere become runs, and runs become other tools' files, by the command line."""

from pathlib import Path

import pytest

from tests.workspace import Workspace

ANSWERS = "\ufeffid;model_answer\n0;0\n1;one\n2;2\n3;3\n4;=4\n"


@pytest.fixture
def imported(workspace: Workspace) -> Path:
    """A run of five answers to the six samples."""
    (workspace.path / "theirs.csv").write_text(ANSWERS, encoding="utf-8")
    finished = workspace.vlmhb(
        "import", "theirs.csv", "--task", "numbers", "--model", "theirs", "--out", "first"
    )

    assert 0 == finished.code, finished.err
    assert "theirs: 5 answers, 0 failed, 1 samples not answered" in finished.out
    assert "not answered: 5" in finished.out
    return workspace.path / "first"


def test_imported_answers_are_scored_and_reported_like_any_others(workspace, imported):
    scored = workspace.vlmhb("score", "first", "--json")
    reported = workspace.vlmhb("report", "first")

    assert (0, 0) == (scored.code, reported.code), scored.err + reported.err
    assert (imported / "derived" / "report.html").is_file()
    assert "5/6" in reported.out


def test_what_goes_out_comes_back(workspace, imported):
    exported = workspace.vlmhb("export", "first", "--format", "vlmeval", "--out", "ours")
    again = workspace.vlmhb(
        *("import", "ours/theirs_numbers.xlsx", "--task", "numbers", "--model", "theirs"),
        *("--out", "second"),
    )

    assert (0, 0) == (exported.code, again.code), exported.err + again.err
    metrics = [workspace.path / name / "derived" / "metrics.csv" for name in ("first", "second")]
    assert metrics[0].read_bytes() == metrics[1].read_bytes()


def test_a_file_of_results_needs_no_task(workspace, imported):
    workspace.vlmhb("export", "first", "--format", "vlmeval", "--out", "ours")

    finished = workspace.vlmhb(
        "import", "ours/theirs_numbers.tsv", "--metrics", "exact_match", "--out", "third"
    )

    assert 0 == finished.code, finished.err
    assert "5 answers, 0 failed, 0 samples not answered" in finished.out


def test_vlmhyperbenchs_files_are_written(workspace, imported):
    finished = workspace.vlmhb("export", "first", "--format", "vhb", "--out", "vhb", "--json")

    ends = ["answers_", "_by_doc_question", "_by_doc_type", "_by_id", "_general"]
    names = sorted(Path(name).name for name in finished.json["files"])
    assert 5 == len(names), finished.err
    assert all(any(end in name for name in names) for end in ends)
    assert ["theirs/numbers: 1 samples without an answer are left out"] == finished.json["notes"]


def test_imported_answers_cannot_be_gone_on_with(workspace, imported):
    before = (imported / "answers.jsonl").read_bytes()

    finished = workspace.vlmhb("run", "run", "--out", "first")

    assert 2 == finished.code
    assert "imported (theirs)" in finished.err
    assert before == (imported / "answers.jsonl").read_bytes()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("import",), "name a file of answers"),
        (("import", "--answers", "x", "--task", "numbers"), "expected NAME=FILE"),
        (("import", "gone.csv", "--task", "numbers"), "gone.csv"),
        (("import", "theirs.csv", "--task", "numbers", "--metrics", "cer"), "without --task"),
        (("import", "theirs.csv"), "questions and targets"),
        (("export", "gone", "--format", "vhb"), "no such folder"),
    ],
)
def test_what_cannot_be_done_is_said(workspace, words, message):
    (workspace.path / "theirs.csv").write_text(ANSWERS, encoding="utf-8")

    finished = workspace.vlmhb(*words)

    assert 2 == finished.code
    assert message in finished.err


def test_a_file_with_more_than_the_tasks_split_is_scored_on_that_split(workspace):
    table = "index\tquestion\tanswer\tsplit\tprediction\n1\tq\ta\tval\ta\n2\tq\ta\ttest\tb\n"
    (workspace.path / "m_Bench.tsv").write_text(table, encoding="utf-8")
    workspace.write_yaml(
        "configs/tasks/bench.yaml",
        {
            "version": "1",
            "description": "Questions.",
            "dataset": {
                "name": "Bench",
                "format": "vlmeval_tsv",
                "root": "../../data",
                "annotation": "Bench.tsv",
                "split": "val",
                "licence": "own work",
            },
            "prompt": "{{ question }}",
            "metrics": {"reply": ["exact_match"]},
        },
    )

    finished = workspace.vlmhb("import", "m_Bench.tsv", "--from-file", "--task", "bench")

    assert 0 == finished.code, finished.err
    assert "m_Bench: 1 answers, 0 failed, 0 samples not answered" in finished.out
