from vlmhb.domain.needs import NOTHING, Amount, WeightsNeed
from vlmhb.plan.estimates import ASSUMED_BYTES_PER_S, fetching_s

SECOND = int(ASSUMED_BYTES_PER_S)


def need(model: str, *files: tuple[str, int]) -> WeightsNeed:
    coming = Amount(sum(size for _, size in files))
    return WeightsNeed(model, "Org/Name@main", coming, coming, coming, files)


def test_what_is_here_takes_no_time_and_what_nobody_tells_is_not_known():
    unknown = WeightsNeed("c", "Org/Name@main", NOTHING, Amount(None, "no hub"), NOTHING)

    found = fetching_s([need("a", ("x", 2 * SECOND), ("y", SECOND)), need("b"), unknown])

    assert {"a": 3.0, "b": 0.0, "c": None} == found


def test_files_that_models_share_come_with_the_first():
    both = [need("a", ("x", SECOND)), need("b", ("x", SECOND), ("y", SECOND))]

    assert {"a": 1.0, "b": 1.0} == fetching_s(both)
