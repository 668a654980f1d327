"""What a run takes from a machine, and in which order."""

from tests.build import model
from vlmhb.schedule.supply.supplies import in_turn


def test_what_is_here_is_made_ready_first_and_then_the_smaller():
    models = [
        model("large", min_gpu_memory_gib=40.0),
        model("split", min_gpu_memory_gib=30.0, gpus=2),
        model("small", min_gpu_memory_gib=10.0),
        model("cached", min_gpu_memory_gib=70.0),
        model("ocr"),
    ]

    turn = [one.name for one in in_turn(models, here={"cached"})]

    assert ["cached", "ocr", "small", "large", "split"] == turn
