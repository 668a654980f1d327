from vlmhb.domain.needs import Amount
from vlmhb.plan.estimates import gpu_need

GIB = 1 << 30


def test_what_the_file_asks_for_counts_before_everything_else():
    need = gpu_need("m", 14, Amount(GIB), 3 * GIB, "run")

    assert (14 * GIB, True) == (need.amount.size_bytes, need.is_asked)


def test_what_was_measured_counts_before_an_estimate_and_names_its_run():
    need = gpu_need("m", 0, Amount(GIB), 3 * GIB, "run7")

    assert (3 * GIB, False) == (need.amount.size_bytes, need.is_asked)
    assert "run7" in need.amount.why


def test_an_estimate_is_called_one_and_says_how_it_was_made():
    need = gpu_need("m", 0, Amount(10 * GIB), None, "")

    assert 13 * GIB == need.amount.size_bytes
    assert "estimated: weights as stored (10.0 GiB) + 20 % + 1 GiB" == need.amount.why


def test_a_model_that_is_split_needs_its_share_of_each_gpu():
    need = gpu_need("m", 0, Amount(10 * GIB), None, "", 2)

    assert (7 * GIB, 2) == (need.amount.size_bytes, need.count)
    assert "estimated: weights as stored (10.0 GiB) / 2 + 20 % + 1 GiB" == need.amount.why


def test_without_weights_nothing_is_made_up():
    need = gpu_need("m", 0, Amount(None, "the hub is silent"), None, "")

    assert Amount(None, "the hub is silent") == need.amount
