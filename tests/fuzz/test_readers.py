"""Whatever others wrote, it is read or refused in our own words, soon."""

import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.edits import MAX_BYTES, Edit, edited
from tests.fuzz.regressions import INPUTS
from tests.fuzz.targets import TARGETS, Read, Target, feed, with_seeds

MAX_CPU_S = 5.0
EXAMPLES = 60
"""For each target; `make fuzz` tries millions."""


@pytest.fixture(scope="module", params=TARGETS, ids=lambda target: target.name)
def target(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Target:
    return with_seeds(request.param, tmp_path_factory.mktemp("seeds"))


@pytest.fixture(scope="module")
def read(target: Target, tmp_path_factory: pytest.TempPathFactory) -> Read:
    return target.in_folder(tmp_path_factory.mktemp("files"))


def test_a_seed_at_least_is_read_to_its_end(target: Target, read: Read) -> None:
    taken = [seed for seed in target.seeds if feed(read, seed)]

    assert taken


@settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_any_input_is_read_or_refused(target: Target, read: Read, data: st.DataObject) -> None:
    pieces = st.sampled_from(target.words or (b"",)) | st.binary(max_size=6)
    edits = st.builds(Edit, st.floats(0, 1), st.integers(0, 30), pieces)
    near = st.builds(edited, st.sampled_from(target.seeds), st.lists(edits, min_size=1, max_size=6))
    content = data.draw(near | st.binary(max_size=200))[:MAX_BYTES]
    began_s = time.thread_time()

    feed(read, content)

    assert time.thread_time() - began_s < MAX_CPU_S


@pytest.mark.parametrize(
    ("name", "why"), [(n, why) for n, known in INPUTS.items() for why in known]
)
def test_what_once_broke_a_reader_is_refused_or_read(tmp_path: Path, name: str, why: str) -> None:
    (target,) = [one for one in TARGETS if one.name == name]

    feed(target.in_folder(tmp_path), INPUTS[name][why])
