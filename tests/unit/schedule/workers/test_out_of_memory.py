"""A kill of the kernel's explains one death."""

from vlmhb.schedule.workers.out_of_memory import OomKills, kernel_count


class Counter:
    count: int | None = 3

    def __call__(self) -> int | None:
        return self.count


def test_each_kill_explains_one_death_of_those_that_lived_then():
    kernel = Counter()
    kills = OomKills(kernel)
    before = kills.now()
    calm = kills.explain(before)
    kernel.count = 5

    assert 3 == before
    assert not calm
    assert [True, True, False] == [kills.explain(before) for _ in range(3)]


def test_kills_of_former_times_explain_nothing():
    kernel = Counter()
    kills = OomKills(kernel)
    kernel.count = 9

    assert not kills.explain(kills.now())


def test_a_kernel_that_does_not_tell_explains_nothing():
    kernel = Counter()
    kernel.count = None
    kills = OomKills(kernel)

    assert 0 == kills.now()
    assert not kills.explain(0)


def test_this_kernel_is_asked_without_harm():
    told = kernel_count()()

    assert told is None or told >= 0
