"""Cards are handed out one worker each, and taken back when their memory is free again."""

import os
import queue
from pathlib import Path

import pytest

from tests.fakes import GIB, FakeCards, gpu
from vlmhb.domain.gpu_use import GpuUse
from vlmhb.schedule.card_desk import Busy, CardDesk, CardRules, Refused
from vlmhb.schedule.cards import CardUse
from vlmhb.system.gpu_lease import GpuLease, LeaseHolder, take_lease
from vlmhb.system.gpu_memory import GpuMemory, GpuUser

PATIENCE_S = 30.0
SMALL, LARGE = gpu("s", 24.0), gpu("l", 80.0)


class Place:
    """A desk, its cards and what it tells."""

    def __init__(self, folder: Path, cards: FakeCards, settle_s: float = PATIENCE_S) -> None:
        self.cards = cards
        self.leases = folder / "gpus"
        self.told: queue.SimpleQueue[tuple[str, GpuUse, str]] = queue.SimpleQueue()
        rules = CardRules(self.leases, settle_s=settle_s, occupied_s=5.0)
        self.desk = CardDesk(cards, rules, lambda *told: self.told.put(told))

    def take(self, model: str = "m", needed_gib: float = 0.0, waited_s: float = 0.0) -> CardUse:
        use = self.desk.take(model, needed_gib, waited_s)
        assert isinstance(use, CardUse), use
        return use

    def back(self, uuid: str) -> tuple[GpuUse, str]:
        """What was told of the card, once it is put back."""
        _, use, problem = self.told.get(timeout=PATIENCE_S)
        assert uuid == use.uuid
        self.desk.put_back(uuid)
        return use, problem


@pytest.fixture
def place(tmp_path: Path):
    made = Place(tmp_path, FakeCards(SMALL, LARGE))
    yield made
    made.desk.close()


def test_two_models_get_two_cards_and_a_third_one_waits(place: Place):
    cards = [place.take("a").gpu, place.take("b", needed_gib=1.0).gpu]
    third = place.desk.take("c", 0.0, 0.0)

    assert [LARGE, SMALL] == cards
    assert third == Busy(
        "GPU GPU-l (card) is used by a; GPU GPU-s (card) is used by b", is_short=True
    )


def test_a_model_waits_only_for_cards_that_are_large_enough(place: Place):
    place.take("a", needed_gib=40.0)

    assert place.desk.take("b", 40.0, 0.0) == Busy("GPU GPU-l (card) is used by a", is_short=True)


def test_a_card_that_another_run_has_is_passed_over_or_waited_for(place: Place):
    lease = take_lease(place.leases, SMALL.uuid)
    assert isinstance(lease, GpuLease)
    first = place.take("a").gpu
    second = place.desk.take("b", 0.0, 0.0)
    lease.release()

    assert first is LARGE
    assert isinstance(second, Busy)
    assert f"GPU GPU-s (card) is used by vlmhb run {os.getpid()} since 20" in second.reason
    assert place.take("b").gpu is SMALL


def test_a_card_in_use_is_leased_and_one_that_is_back_is_not(place: Place):
    place.take("a")
    while_used = take_lease(place.leases, LARGE.uuid)
    place.desk.end("a")
    place.back(LARGE.uuid)
    after = take_lease(place.leases, LARGE.uuid)

    assert isinstance(while_used, LeaseHolder)
    assert isinstance(after, GpuLease)
    after.release()


def test_a_full_card_is_waited_for_a_little_and_then_refused_by_name(place: Place):
    place.cards.used_gib[LARGE.uuid] = 60.0
    place.cards.holders[LARGE.uuid] = (GpuUser(7, "python3", 59 * GIB),)

    early = place.desk.take("m", 40.0, waited_s=0.0)
    late = place.desk.take("m", 40.0, waited_s=6.0)

    assert isinstance(early, Busy)
    assert early.is_short
    assert isinstance(late, Refused)
    assert (
        early.reason
        == late.reason
        == (
            "GPU GPU-l (card) has 20.0 GiB of 80.0 GiB free, the model needs 40 GiB;"
            " held by process 7 (python3) with 59.0 GiB; end them, or wait for them"
        )
    )
    assert isinstance(take_lease(place.leases, LARGE.uuid), GpuLease)


def test_a_card_is_given_to_nobody_until_its_memory_is_back(place: Place):
    place.take("a")
    place.cards.used_gib[LARGE.uuid] = 30.5
    place.desk.end("a")
    settling = place.desk.take("b", 40.0, 0.0)
    was_settling = place.desk.is_settling
    place.cards.used_gib[LARGE.uuid] = 0.5
    _, problem = place.back(LARGE.uuid)

    assert settling == Busy("GPU GPU-l (card) is getting back the memory of a", is_short=True)
    assert was_settling
    assert "" == problem
    assert not place.desk.is_settling
    assert place.take("b", 40.0).gpu is LARGE


def test_what_a_worker_used_is_told_when_its_card_is_back(place: Place):
    place.take("a")
    place.cards.used_gib[LARGE.uuid] = 20.0
    loaded = place.desk.note_loaded("a")
    place.cards.used_gib[LARGE.uuid] = 0.5
    place.desk.end("a")
    use, _ = place.back(LARGE.uuid)

    assert loaded == GpuUse(LARGE.uuid, GIB // 2, 20 * GIB)
    assert use == GpuUse(LARGE.uuid, GIB // 2, 20 * GIB, 20 * GIB, GIB // 2)
    assert place.desk.note_loaded("nobody") is None


class WatchedCard(FakeCards):
    """A card that knows how full it was when it was last looked at."""

    def __init__(self) -> None:
        super().__init__(SMALL)
        self.looks: queue.SimpleQueue[float] = queue.SimpleQueue()

    def memory(self, uuid: str) -> GpuMemory | None:
        now = super().memory(uuid)
        self.looks.put(self.used_gib[uuid])
        return now

    def fill(self, gib: float) -> None:
        """Return once that was seen."""
        self.used_gib[SMALL.uuid] = gib
        while self.looks.get(timeout=PATIENCE_S) != gib:
            pass


def test_the_peak_is_the_most_that_was_seen(tmp_path: Path):
    cards = WatchedCard()
    place = Place(tmp_path, cards)
    place.take("a")
    cards.fill(20.0)
    cards.fill(7.0)
    place.desk.note_loaded("a")
    place.desk.end("a")
    cards.used_gib[SMALL.uuid] = 0.5

    assert 20 * GIB == place.back(SMALL.uuid)[0].peak_bytes


def test_memory_that_stays_closes_the_card_with_a_reason_until_it_is_back(tmp_path: Path):
    place = Place(tmp_path, FakeCards(SMALL), settle_s=0.0)
    place.take("a")
    place.cards.used_gib[SMALL.uuid] = 9.0
    place.cards.holders[SMALL.uuid] = (GpuUser(7, "python3", None),)
    place.desk.end("a")
    use, problem = place.back(SMALL.uuid)
    closed = place.desk.take("b", 0.0, 0.0)
    place.cards.used_gib[SMALL.uuid] = 0.5
    reopened = place.take("b").gpu
    place.desk.end("b")
    place.back(SMALL.uuid)
    place.cards.used_gib[SMALL.uuid] = 3.0  # somebody else's, which closes nothing
    again = place.take("c").gpu
    place.desk.close()

    assert "9.0 GiB in use 0 s after the end of its worker, 0.5 GiB before it" in problem
    assert "held by process 7 (python3)" in problem
    assert closed == Refused(problem)
    assert 9 * GIB == use.after_bytes
    assert reopened is again is SMALL


def test_a_card_that_stops_answering_is_closed(tmp_path: Path):
    place = Place(tmp_path, FakeCards(SMALL), settle_s=0.0)
    place.take("a")
    place.cards.silent.add(SMALL.uuid)
    place.desk.end("a")
    _, problem = place.back(SMALL.uuid)

    assert "does not answer any more" in problem
    assert place.desk.take("b", 0.0, 0.0) == Refused(problem)


def test_a_card_that_never_answered_is_used_without_a_proof(tmp_path: Path):
    """Some drivers do not tell memory at all."""
    cards = FakeCards(SMALL)
    cards.silent.add(SMALL.uuid)
    place = Place(tmp_path, cards)
    place.take("a", needed_gib=8.0)
    place.desk.note_loaded("a")
    place.desk.end("a")

    assert (GpuUse(SMALL.uuid), "") == place.back(SMALL.uuid)


def test_closing_gives_back_every_card(place: Place):
    place.take("a")
    place.cards.used_gib[LARGE.uuid] = 30.0
    place.desk.end("a")
    place.take("b")
    place.desk.close()

    for card in (SMALL, LARGE):
        lease = take_lease(place.leases, card.uuid)
        assert isinstance(lease, GpuLease)
        lease.release()
