"""A task may have no metric for the answers of a model: they are kept, and it is said."""

import pytest
import yaml

from tests.workspace import Workspace

pytestmark = pytest.mark.uv


def test_a_run_with_a_task_that_judges_no_answers_ends_well(workspace: Workspace):
    file = workspace.path / "configs/tasks/numbers.yaml"
    task = yaml.safe_load(file.read_text(encoding="utf-8"))
    workspace.write_yaml("configs/tasks/numbers.yaml", task | {"metrics": {"page_text": ["cer"]}})

    end = workspace.vlmhb("run", "run", "--ui", "none")

    assert 0 == end.code, end.err
    assert "every metric of model on numbers: the task names none" in end.out
