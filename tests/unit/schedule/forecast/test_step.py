from vlmhb.schedule.forecast.step import Doing, Step, Stretch, stretches_of


def answer(began_s: float, ended_s: float, worker: str = "m") -> Step:
    return Step(Doing.ANSWER, "m", began_s, ended_s, worker=worker, requests=2.0)


def told(*steps: Step) -> list[tuple[float, float, float]]:
    return [(one.began_s, one.ended_s, one.requests) for one in stretches_of(steps)]


def test_a_worker_that_goes_on_answering_is_one_stretch():
    assert [(0, 3, 6)] == told(answer(0, 1), answer(1, 2), answer(2, 3))


def test_a_gap_or_another_worker_begins_a_new_one():
    assert [(0, 1, 2), (2, 3, 2)] == told(answer(0, 1), answer(2, 3))
    assert [(0, 1, 2), (1, 2, 2)] == told(answer(0, 1), answer(1, 2, "m#2"))


def test_what_takes_no_time_is_left_out():
    load = Step(Doing.LOAD, "m", 1, 1, worker="m")

    assert [Stretch(Doing.ANSWER, "m", 1, 2, "m", requests=2.0)] == list(
        stretches_of([load, answer(1, 2)])
    )
    assert [] == told(load, load)
