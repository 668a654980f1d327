"""What a run takes from a machine, and in which order."""

from tests.build import model
from tests.fakes import FakeGpus, NoWeights, ReadyEnvs
from vlmhb.schedule import Supplies


def test_what_is_here_is_made_ready_first_and_then_the_smaller():
    models = [
        model("large", min_gpu_memory_gib=40.0),
        model("split", min_gpu_memory_gib=30.0, gpus=2),
        model("small", min_gpu_memory_gib=10.0),
        model("cached", min_gpu_memory_gib=70.0),
        model("ocr"),
    ]
    supplies = Supplies(ReadyEnvs(), NoWeights(), gpus=FakeGpus(), here={"cached"})

    turn = [one.name for one in supplies.in_turn(models)]

    assert ["cached", "ocr", "small", "large", "split"] == turn
