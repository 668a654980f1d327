"""The tiny checkpoints load in the envs they are made for, and are fit for comparisons."""

import json

import pytest

from tests.checkpoint_builds import FAMILIES, Checkpoints

pytestmark = pytest.mark.uv

ENGINES = ("vllm@cpu",)
"""Have tests of their own: they take minutes to start."""


@pytest.mark.parametrize("reference", [name for name in FAMILIES if name not in ENGINES])
def test_every_checkpoint_answers_and_each_page_has_a_say(checkpoints: Checkpoints, reference: str):
    families = FAMILIES[reference]
    folders = [checkpoints.folder(family, reference) for family in families]

    answers = json.loads(checkpoints.run(reference, "tests.checkpoints.ask", *folders))

    assert len(families) == len(answers)
    for folder, (first, second, both) in answers.items():
        assert 3 == len({first, second, both}), folder
        assert 8 < len(set(first + second + both)), folder
        assert (first + second + both).isprintable(), folder


def test_another_seed_is_another_model(checkpoints: Checkpoints):
    reference = "transformers-4.37@cpu"
    folders = [checkpoints.folder("llava", reference, seed) for seed in (0, 1)]

    one, other = json.loads(checkpoints.run(reference, "tests.checkpoints.ask", *folders)).values()

    assert one != other
