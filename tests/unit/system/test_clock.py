from vlmhb.system.clock import LONGEST_LOOK_S, AttentiveClock


class Clock:
    now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def looked(*steps_s: float) -> float:
    """What is counted by one who looks after each of these times."""
    clock = Clock()
    attentive = AttentiveClock(clock)
    for step_s in steps_s:
        clock.now_s += step_s
        attentive()
    return attentive()


def test_it_counts_like_any_clock_while_somebody_looks():
    assert 0.75 == looked(0.25, 0.5)


def test_what_passed_while_nobody_looked_counts_as_one_look():
    assert 0.5 + LONGEST_LOOK_S == looked(0.25, 3600.0, 0.25)


def test_who_always_looks_late_comes_to_an_end_too():
    """A disk that takes seconds for each answer of one model must not hide that another hangs."""
    assert 10 * LONGEST_LOOK_S == looked(*[3.0] * 10)


def test_a_busy_machine_is_still_looking():
    assert LONGEST_LOOK_S == looked(LONGEST_LOOK_S)
