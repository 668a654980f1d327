from pathlib import Path

import pytest

from tests.unit.comparison.runs import numbered, right, task_of, write_run
from vlmhb.comparison.sides import Pairing, Reference, read_pairings, reference_of, unpaired
from vlmhb.errors import UsageError

SAMPLES = numbered(2)
TASK = task_of(SAMPLES)


def run(folder: Path, *models: str) -> Path:
    return write_run(folder, {name: right(SAMPLES) for name in models}, TASK)


def labels(pairings: tuple[Pairing, ...]) -> list[tuple[str, str]]:
    return [
        (f"{one.a.run.folder.name}:{one.a.model}", f"{one.b.run.folder.name}:{one.b.model}")
        for one in pairings
    ]


def pairs(*references: str) -> list[tuple[str, str]]:
    return labels(read_pairings([reference_of(one) for one in references]))


def test_models_of_the_same_name_are_compared(tmp_path):
    a, b = run(tmp_path / "a", "x", "y", "z"), run(tmp_path / "b", "z", "x")

    assert [("a:x", "b:x"), ("a:z", "b:z")] == pairs(str(a), str(b))


def test_the_only_models_of_two_runs_are_compared_whatever_they_are_called(tmp_path):
    a, b = run(tmp_path / "a", "x"), run(tmp_path / "b", "x-int4")

    assert [("a:x", "b:x-int4")] == pairs(str(a), str(b))


def test_one_model_of_each_run_can_be_named(tmp_path):
    a, b = run(tmp_path / "a", "x", "y"), run(tmp_path / "b", "x", "y")

    assert [("a:x", "b:y")] == pairs(f"{a}:x", f"{b}:y")
    assert [("a:x", "b:x")] == pairs(f"{a}:x", str(b))
    assert [("a:x", "a:y")] == pairs(f"{a}:x", f"{a}:y")


def test_one_run_is_compared_within_itself(tmp_path):
    a = run(tmp_path / "a", "x", "y", "z")

    assert [("a:x", "a:y"), ("a:x", "a:z")] == pairs(str(a))
    assert [("a:y", "a:x"), ("a:y", "a:z")] == pairs(f"{a}:y")


def test_every_further_run_is_compared_with_the_first(tmp_path):
    a, b, c = (run(tmp_path / name, "x") for name in "abc")

    assert [("a:x", "b:x"), ("a:x", "c:x")] == pairs(str(a), str(b), str(c))


def test_folders_and_models_may_hold_colons(tmp_path):
    a = run(tmp_path / "at:12:30", "org:x")

    assert Reference(a, "org:x") == reference_of(f"{a}:org:x")
    assert Reference(a) == reference_of(str(a))


@pytest.mark.parametrize(
    ("references", "expected"),
    [
        (["nowhere", "b"], "no such folder"),
        (["a:z", "b"], 'has no model "z"'),
        (["a:xx", "b"], 'did you mean "x"'),
        (["b"], "it has one model"),
        (["a", "b"], r"no model of .* \(x, y\) is in .* \(q\)"),
    ],
)
def test_what_cannot_be_paired_is_refused(tmp_path, monkeypatch, references, expected):
    run(tmp_path / "a", "x", "y")
    run(tmp_path / "b", "q")
    monkeypatch.chdir(tmp_path)

    with pytest.raises(UsageError, match=expected):
        pairs(*references)


def test_models_without_a_counterpart_are_told_unless_one_was_named(tmp_path):
    a, b = run(tmp_path / "a", "x", "y"), run(tmp_path / "b", "x", "z")

    def left(*texts: str) -> tuple[str, ...]:
        references = [reference_of(text) for text in texts]
        return unpaired(references, read_pairings(references))

    assert (f"{a}:y", f"{b}:z") == left(str(a), str(b))
    assert (f"{b}:z",) == left(f"{a}:x", str(b))
    assert () == left(f"{a}:y", f"{b}:z")
    assert () == left(str(a))
