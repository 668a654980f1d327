"""`make bench-gpu` on the CPU: the sides do the same work, so that their times can be compared."""

import pytest

from tests.bench.gpu.settings import CPU, Settings
from tests.bench.gpu.sides import Taken, all_sides
from tests.bench.gpu.world import World

pytestmark = pytest.mark.uv

SAMPLES = 3
TOKENS = 40
"""Such random weights would end an answer about every thirty tokens."""
SIDES = ("bare", "batches", "vlmevalkit")


@pytest.fixture(scope="module")
def taken(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Taken]:
    """What each side took, once."""
    settings = Settings(CPU, "", SAMPLES, TOKENS, rounds=1, sides=SIDES, keep=())
    world = World.create(settings, tmp_path_factory.mktemp("bench") / "world")
    return {name: side.ask(SAMPLES) for name, side in all_sides(world).items()}


def test_every_side_writes_exactly_as_many_tokens_as_it_may(taken: dict[str, Taken]):
    assert dict.fromkeys(SIDES, SAMPLES * TOKENS) == {
        name: one.tokens for name, one in taken.items()
    }


def test_every_side_writes_the_answers_of_the_bare_loop(taken: dict[str, Taken]):
    expected = taken["bare"].answers

    assert SAMPLES == len(set(expected.values()))
    assert dict.fromkeys(SIDES, expected) == {name: one.answers for name, one in taken.items()}


def test_answering_is_a_part_of_the_whole(taken: dict[str, Taken]):
    for one in taken.values():
        assert 0 < one.answering_s < one.whole_s


def test_the_floor_tells_what_answered(taken: dict[str, Taken]):
    assert {"device", "dtype", "parameters", "torch", "transformers"} == set(taken["bare"].facts)
