"""Commits written into model files."""

import pytest
import yaml

from vlmhb.config.pin import pinned
from vlmhb.errors import UsageError

A, B = "a1" * 20, "b2" * 20


@pytest.mark.parametrize("written", ["main", "'main'", '"refs/pr/1"', A])
def test_only_the_revision_changes(written):
    file = f"# one\nweights:\n  repo: Org/Name # two\n  revision: {written} # three\nenv:  x\n"

    expected = f"# one\nweights:\n  repo: Org/Name # two\n  revision: {B} # three\nenv:  x\n"
    assert expected == pinned(file, [B])


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (
            "weights:\n  repo: Org/Name # why\n  include: []\n",
            f"weights:\n  repo: Org/Name # why\n  revision: {A}\n  include: []\n",
        ),
        ("weights:\n    repo: Org/Name", f"weights:\n    repo: Org/Name\n    revision: {A}"),
        ("weights: {repo: Org/Name}\n", f"weights: {{repo: Org/Name, revision: {A}}}\n"),
        (
            "weights: {include: ['*'], repo: Org/Name }  # x\n",
            f"weights: {{include: ['*'], repo: Org/Name, revision: {A} }}  # x\n",
        ),
        (
            "weights:\r\n  repo: Org/Name\r\nenv: x\r\n",
            f"weights:\r\n  repo: Org/Name\r\n  revision: {A}\r\nenv: x\r\n",
        ),
    ],
)
def test_a_revision_that_nobody_wrote_is_put_after_the_repo(written, expected):
    assert expected == pinned(written, [A])


def test_further_repos_are_pinned_too():
    file = """\
weights:
  repo: Org/Name
  revision: main
  also:
    - repo: Org/Clip  # eyes
      include: ["*.json"]
    - {repo: Org/Other, revision: v1}  # ears
params: {revision: main, repo: x}
"""
    commits = [A, B, "c" * 40]

    text = pinned(file, commits)

    weights = yaml.safe_load(text)["weights"]
    assert commits == [weights["revision"], *(one["revision"] for one in weights["also"])]
    assert f"    - repo: Org/Clip  # eyes\n      revision: {B}\n" in text
    assert "params: {revision: main, repo: x}\n" in text


def test_a_commit_of_nothing_but_digits_stays_text():
    text = pinned("weights:\n  repo: Org/Name\n  revision: main\n", ["1" * 40])

    assert "1" * 40 == yaml.safe_load(text)["weights"]["revision"]


def test_letters_outside_ascii_do_not_shift_the_place():
    text = pinned("description: «модель» 모델\nweights: {repo: O/N, revision: main}\n", [A])

    assert f"description: «модель» 모델\nweights: {{repo: O/N, revision: {A}}}\n" == text


@pytest.mark.parametrize(
    "written",
    [
        "weights: {repo: O/N, also: [&x {repo: O/C, revision: main}, *x]}\n",
        "weights:\n  repo: O/N\n  revision: &r main\n  also:\n  - {repo: O/C, revision: *r}\n"
        "  - {repo: O/D}\n",
        "weights:\n  repo: O/N\n  revision: >-\n    main\n  also: [{repo: O/C}, {repo: O/D}]\n",
        "weights: &w\n  repo: O/N\n  also: [{repo: O/C}, {repo: O/D}]\nparams: *w\n",
    ],
)
def test_a_file_that_one_change_would_break_is_left_to_its_author(written):
    commits = [A, B, "c" * 40]

    with pytest.raises(UsageError, match="anchor") as caught:
        pinned(written, commits)

    assert all(commit in str(caught.value.next_step) for commit in commits)


def test_an_anchor_elsewhere_is_in_nobodys_way():
    file = "params: {a: &a [1], b: *a}\nweights: {repo: O/N, revision: main}\n"

    assert file.replace("main", A) == pinned(file, [A])
