"""A display that fails: the run does not."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from vlmhb.cli.progress.display import Display
from vlmhb.cli.progress.harmless import HarmlessDisplay
from vlmhb.domain.data_step import DataStep
from vlmhb.errors import Interrupted
from vlmhb.schedule import progress as steps

STEP = steps.ModelStarting("m", "m")


class Failing(Display):
    """One that raises whatever it is told to, and counts."""

    def __init__(self, error: BaseException) -> None:
        self.error = error
        self.asked = 0
        self.is_closed = False

    def _fail(self) -> None:
        self.asked += 1
        raise self.error

    def see_data(self, step: DataStep) -> None:
        self._fail()

    def planned(self, folder: Path, left: Mapping[str, int], done: Mapping[str, int]) -> None:
        self._fail()

    def see(self, step: steps.Progress) -> None:
        self._fail()

    def __exit__(self, *_exception: object) -> None:
        self.is_closed = True
        self._fail()


def see_all(shown: Display) -> None:
    with shown:
        shown.see_data(DataStep("reading"))
        shown.planned(Path("/run"), {"m": 1}, {})
        shown.see(STEP)


def test_a_display_that_fails_is_left_once_and_said_so(capsys: pytest.CaptureFixture[str]):
    broken = Failing(KeyError("m\x1b[2J"))

    see_all(HarmlessDisplay(broken))

    assert (2, True) == (broken.asked, broken.is_closed)  # the first step, and being closed
    told = capsys.readouterr().err
    assert 1 == told.count("progress is not shown any more: KeyError")
    assert "\x1b[" not in told


def test_one_that_fails_only_at_its_end_fails_nothing(capsys: pytest.CaptureFixture[str]):
    class LastMoment(Failing):
        def see(self, step: steps.Progress) -> None:
            pass

    with HarmlessDisplay(LastMoment(RuntimeError("no terminal"))) as shown:
        shown.see(STEP)

    assert "no terminal" in capsys.readouterr().err


def test_a_signal_that_comes_while_it_draws_is_not_lost():
    shown = HarmlessDisplay(Failing(Interrupted("SIGINT", 130)))

    with pytest.raises(Interrupted):
        shown.see(STEP)


def test_what_comes_is_passed_on():
    class Kept(Display):
        def __init__(self) -> None:
            self.seen: list[object] = []

        def see_data(self, step: DataStep) -> None:
            self.seen.append(step.doing)

        def planned(self, folder: Path, left: Mapping[str, int], done: Mapping[str, int]) -> None:
            self.seen.append((folder, left, done))

        def see(self, step: steps.Progress) -> None:
            self.seen.append(step)

        def __exit__(self, *_exception: object) -> None:
            self.seen.append("closed")

    kept = Kept()

    see_all(HarmlessDisplay(kept))

    assert ["reading", (Path("/run"), {"m": 1}, {}), STEP, "closed"] == kept.seen
