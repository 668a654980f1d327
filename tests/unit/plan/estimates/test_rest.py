from dataclasses import replace

from vlmhb.domain.needs import NOTHING, Amount, Disk, Obstacle, WeightsNeed
from vlmhb.plan.estimates import data_demand, run_demand, weights_demand

DISK = Disk(1, "/", 0)


def need(model: str, *files: tuple[str, int]) -> WeightsNeed:
    size = Amount(sum(size for _, size in files))
    return WeightsNeed(model, f"Org/{model}", size, size, size, files)


def test_a_file_that_two_models_share_comes_once():
    demand = weights_demand([need("a", ("x", 5), ("y", 7)), need("b", ("x", 5))], DISK)

    assert (12, 12) == (demand.least_bytes, demand.likely.size_bytes)


def test_an_unknown_size_is_unknown_and_the_known_ones_are_the_least():
    unknown = replace(need("b"), download=Amount(None, "the hub is silent"))

    demand = weights_demand([need("a", ("x", 5)), unknown], DISK)

    assert (5, None, "that of Org/b") == (
        demand.least_bytes,
        demand.likely.size_bytes,
        demand.likely.why,
    )


def test_weights_that_cannot_be_had_take_nothing():
    gone = replace(need("b", ("z", 9)), obstacle=Obstacle("no such repo", ""))

    assert 5 == weights_demand([need("a", ("x", 5)), gone], DISK).least_bytes


def test_data_counts_as_far_as_tasks_tell():
    demand = data_demand([Amount(5), Amount(None, "not told")], DISK)

    assert (5, Amount(None, "not told")) == (demand.least_bytes, demand.likely)
    assert NOTHING == data_demand([NOTHING], DISK).likely


def test_a_run_folder_is_an_estimate_that_is_never_certain():
    demand = run_demand(pages=10, requests=100, disk=DISK)

    assert 0 == demand.least_bytes
    assert 10 * 80_000 + 100 * 16_000 == demand.likely.size_bytes
    assert demand.likely.why.startswith("estimated")
