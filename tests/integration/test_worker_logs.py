"""What a worker printed is found under the name of its model."""

from pathlib import Path

from tests.build import model
from tests.fault.hosts import run_of
from vlmhb.schedule.progress import Answered


def test_models_whose_names_differ_by_capitals_alone_have_logs_of_their_own(tmp_path: Path):
    prints = {"faults": {"asked": "print"}}
    models = (model("toy", params=prints), model("Toy"))

    answered = [
        step.model for step in run_of(tmp_path, models, ["asked"]) if isinstance(step, Answered)
    ]

    logs = tmp_path / "logs"
    assert ["toy", "Toy"] == answered
    assert {"toy.log", "Toy_2.log"} == {path.name for path in logs.iterdir()}
    assert "noise from Python" in (logs / "toy.log").read_text()
    assert "noise" not in (logs / "Toy_2.log").read_text()
