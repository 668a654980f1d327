"""docs/guide/add-a-metric.md, followed literally: a metric in a package of its own."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.build import answer, failed, loaded, truth
from tests.guides import commands, follow
from tests.workspace import Workspace
from vlmhb.domain.answer import Outcome
from vlmhb.domain.run import Evaluation
from vlmhb.domain.task import AnswerKind
from vlmhb.metrics import score_evaluation, summarise

pytestmark = pytest.mark.uv

PAGE = "add-a-metric.md"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Where packages of a new venv lie; vlmhb's own venv is left alone."""
    uv = Path(sys.executable).with_name("uv")
    venv = [str(uv), "venv", "--quiet", "--python", sys.executable, str(tmp_path / "venv")]
    subprocess.run(venv, check=True)
    (folder,) = (tmp_path / "venv").glob("lib/python*/site-packages")
    return folder


def test_a_metric_of_your_own(tmp_path: Path, shared_envs: Path, site: Path):
    environment = {
        **Workspace(tmp_path, shared_envs).environment(),
        "VIRTUAL_ENV": str(tmp_path / "venv"),
        "PYTHONPATH": str(site),
        "UV_OFFLINE": "1",
    }

    steps = follow(PAGE, tmp_path, environment)

    assert [0, 0] == [step.returncode for step in steps], [step.stderr for step in steps]
    assert "digits\n" == steps[1].stdout
    assert 15 >= code_lines(commands(PAGE)[0])
    sys.path.append(str(site))
    try:
        judged_by_digits()
    finally:
        sys.path.remove(str(site))
        sys.modules.pop("digits", None)


def code_lines(block: str) -> int:
    """Of the module, without the blank ones."""
    module = block.split("END")[1]
    return sum(1 for line in module.splitlines()[1:] if line.strip())


def judged_by_digits() -> None:
    """What the metric says about an answer, a failure and a sample without targets."""
    samples = tuple(
        truth(*targets, id=str(number), document=str(number))
        for number, targets in enumerate([["12-34"], ["12-34"], ["none"], []])
    )
    task = loaded(samples, metrics={AnswerKind.REPLY: ("digits",)})
    asked = Evaluation(
        "m", "fields", AnswerKind.REPLY, tuple((each.id, each.id) for each in samples)
    )
    outcomes: dict[str, Outcome] = {
        "0": answer("0", "2 and 3"),
        "1": failed("1"),
        "2": answer("2"),
        "3": answer("3"),
    }

    scores = score_evaluation(asked, task, outcomes)
    summary = summarise(scores, (task,), 0)[0]

    assert (0.5, 0.25) == (summary.value, summary.value_failed_as_wrong)
    assert (2, 1, 1) == (summary.n_scored, summary.n_failed, summary.n_unscored)
