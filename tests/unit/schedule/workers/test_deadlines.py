"""Each stage of a worker has its own limit, counted from its last sign of life."""

import pytest

from tests.build import model
from vlmhb.schedule.workers.deadlines import START_TIMEOUT_S, Deadlines, Silence, Stage

SLOW = model("slow", load_timeout_s=10.0, answer_timeout_s=5.0)


class Clock:
    now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


@pytest.mark.parametrize(
    ("stage", "limit_s", "text"),
    [
        (Stage.START, START_TIMEOUT_S, "no greeting within 60 s"),
        (Stage.LOAD, 10.0, "load made no progress for 10 s"),
        (Stage.ANSWER, 5.0, "no answer for 5 s"),
    ],
)
def test_each_stage_has_its_limit_and_its_words(stage: Stage, limit_s: float, text: str):
    clock = Clock()
    deadlines = Deadlines(clock)
    deadlines.expect("slow", SLOW, stage)
    clock.now_s += limit_s - 0.1
    before = deadlines.take_late()
    clock.now_s += 0.1
    late = deadlines.take_late()

    assert {} == before
    assert {"slow": Silence(stage, limit_s)} == late
    assert text == str(late["slow"])
    assert {} == deadlines.take_late()


def test_a_sign_of_life_starts_the_limit_again():
    clock = Clock()
    deadlines = Deadlines(clock)
    deadlines.expect("slow", SLOW, Stage.LOAD)
    clock.now_s += 9
    deadlines.expect("slow", SLOW, Stage.LOAD)
    clock.now_s += 9

    assert {} == deadlines.take_late()


def test_each_worker_of_a_model_has_a_limit_of_its_own():
    clock = Clock()
    deadlines = Deadlines(clock)
    deadlines.expect("slow", SLOW, Stage.ANSWER)
    clock.now_s += 4
    deadlines.expect("slow#2", SLOW, Stage.LOAD)
    clock.now_s += 1
    first = deadlines.take_late()
    deadlines.expect("slow", SLOW, Stage.ANSWER)
    deadlines.forget("slow")
    clock.now_s += 9

    assert {"slow": Silence(Stage.ANSWER, 5.0)} == first
    assert {"slow#2": Silence(Stage.LOAD, 10.0)} == deadlines.take_late()


def test_who_may_be_silent_is_never_late():
    clock = Clock()
    deadlines = Deadlines(clock)
    deadlines.expect("slow", SLOW, Stage.ANSWER)
    deadlines.forget("slow")
    deadlines.forget("unknown")
    clock.now_s += 1000

    assert {} == deadlines.take_late()


def test_nobody_waits_beyond_the_next_deadline():
    clock = Clock()
    deadlines = Deadlines(clock)
    nothing = deadlines.wait_s(0.25)
    deadlines.expect("slow", SLOW, Stage.ANSWER)
    clock.now_s += 4.9
    soon = deadlines.wait_s(0.25)
    clock.now_s += 1

    assert 0.25 == nothing
    assert 0.1 == pytest.approx(soon)
    assert 0.0 == deadlines.wait_s(0.25)
