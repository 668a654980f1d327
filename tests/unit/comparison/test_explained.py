from collections.abc import Sequence
from dataclasses import replace

from tests.build import env, model
from tests.unit.comparison.runs import (
    compared,
    numbered,
    right,
    start,
    task_of,
    write_run,
)
from tests.unit.exchange.runs import SEGMENT
from vlmhb.comparison.explained import Fact, Section
from vlmhb.domain.loaded_weights import LoadedWeights
from vlmhb.domain.task import Generation

SAMPLES = numbered(4)
TASK = task_of(SAMPLES)
ANSWERS = {
    "m": {key: replace(outcome, segment=0) for key, outcome in right(SAMPLES).items()},
    "n": {key: replace(outcome, segment=0) for key, outcome in right(SAMPLES).items()},
}


def facts(sections: Sequence[Section]) -> dict[str, dict[str, Fact]]:
    return {section.title: {fact.about: fact for fact in section.facts} for section in sections}


def test_two_equal_runs_differ_in_nothing(tmp_path):
    runs = [write_run(tmp_path / name, {"m": ANSWERS["m"]}, TASK) for name in "ab"]

    (pair,) = compared(*runs).pairs

    assert () == (*pair.differences, *pair.tasks[0].differences)


def test_env_packages_and_weights_are_told_with_release_days(tmp_path):
    runs = []
    for name, version in (("a", "1.0"), ("b", "2.0")):
        used = replace(
            env(), fingerprint=name * 64, packages=(("torch", version), ("numpy", "2")),
            released={"torch==2.0": "2026-05-01"},
        )  # fmt: skip
        weights = LoadedWeights("Org/M", name * 40, name * 64)
        segment = replace(SEGMENT, workers=(start("m", used.fingerprint, weights=weights),))
        runs.append(
            write_run(
                tmp_path / name, {"m": ANSWERS["m"]}, TASK,
                envs={used.fingerprint: used}, segments=(segment,),
            )
        )  # fmt: skip

    found = facts(compared(*runs).pairs[0].differences)

    assert {"torch": Fact("torch", "1.0", "2.0", "released 2026-05-01")} == found["packages"]
    assert Fact("commit", "a" * 40, "b" * 40) == found["weights"]["commit"]
    assert "fingerprint" in found["env"]


def test_params_of_two_models_in_one_run_are_told(tmp_path):
    models = (model("m", params={"dtype": "bfloat16"}), model("n", params={"bits": 4}))
    run = write_run(tmp_path / "a", ANSWERS, TASK, models=models)

    found = facts(compared(run).pairs[0].differences)

    assert {"model"} == found.keys()
    assert {"name", "params.dtype", "params.bits"} == found["model"].keys()
    assert ("bfloat16", "–") == (found["model"]["params.dtype"].a, found["model"]["params.dtype"].b)


def test_prompts_are_told_as_they_were_sent(tmp_path):
    a = write_run(tmp_path / "a", {"m": ANSWERS["m"]}, TASK)
    other = task_of(SAMPLES, prompt="{% if '3' in question %}!{% endif %}{{ question }}")
    b = write_run(tmp_path / "b", {"m": ANSWERS["m"]}, other)

    found = facts(compared(a, b).pairs[0].tasks[0].differences)

    told = found["prompts"]["prompt"]
    assert ("What is 3?", "!What is 3?") == (told.a, told.b)
    assert "in 1 of 4 samples" in told.note


def test_generation_settings_are_told_one_by_one(tmp_path):
    a = write_run(tmp_path / "a", {"m": ANSWERS["m"]}, TASK)
    other = task_of(SAMPLES, generation=Generation(max_new_tokens=64))
    b = write_run(tmp_path / "b", {"m": ANSWERS["m"]}, other)

    found = facts(compared(a, b).pairs[0].tasks[0].differences)

    assert {"max_new_tokens": Fact("max_new_tokens", "512", "64")} == found["generation"]


def test_samples_that_are_called_the_same_and_are_not_are_told(tmp_path):
    corrected = (replace(SAMPLES[0], targets=("other",)), *SAMPLES[1:])
    a = write_run(tmp_path / "a", {"m": ANSWERS["m"]}, TASK)
    b = write_run(tmp_path / "b", {"m": ANSWERS["m"]}, task_of(corrected))

    found = facts(compared(a, b).pairs[0].tasks[0].differences)

    assert "other targets under the same id in 1 samples" == found["samples"]["targets"].b
    assert {"targets"} == found["samples"].keys()
