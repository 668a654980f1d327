"""Which env gave which answer, however often the run was started."""

from dataclasses import replace

from tests.build import answer, failed, loaded, model, sample
from tests.unit.store.runs import MANIFEST
from vlmhb.domain.answer import Outcome
from vlmhb.domain.envspec import Env, Interpreter
from vlmhb.domain.loaded_weights import LoadedWeights
from vlmhb.domain.run import Request
from vlmhb.plan import build_plan
from vlmhb.report.figures.origins import machines_of, origins_of, weights_facts
from vlmhb.schedule.recorder import new_segment
from vlmhb.store import WorkerStart

PLAN = build_plan((model("one"), model("two")), (loaded((sample(1), sample(2))),))


def env(fingerprint: str, *, locked: bool = True) -> Env:
    python = Interpreter("/python", "3.11.7", "", "cpython-311", "")
    packages = (("msgpack", "1"),)
    return Env("e", fingerprint, "/python", python, "l", packages, 1.0, 1, {}, locked=locked)


def start(model_name: str, env_name: str, **facts: str) -> WorkerStart:
    return WorkerStart(model_name, env_name, 1.0, 1, None, facts)


SEGMENTS = tuple(
    replace(new_segment(), workers=workers)
    for workers in (
        (start("one", "old", weights="a"), start("two", "old"), start("one", "old", weights="a")),
        (start("one", "killed", weights="b"), start("two", "old")),
        (start("one", "lent", weights="c"),),
    )
)
RUN = replace(
    MANIFEST,
    segments=SEGMENTS,
    envs={name: env(name, locked=name != "lent") for name in ("old", "killed", "lent")},
)


def requests(name: str) -> tuple[Request, ...]:
    return PLAN.requests[name]


def test_a_model_has_the_envs_and_weights_of_the_starts_that_left_an_outcome():
    first, second = requests("one")
    outcomes: dict[str, Outcome] = {
        first.id: replace(answer(first.id), segment=0),
        second.id: replace(failed(second.id), segment=2),
    }

    origin = origins_of(RUN, PLAN, outcomes)["one"]

    assert ["old", "lent"] == [env.fingerprint for env in origin.envs]
    assert ({"weights": "a"}, {"weights": "c"}) == origin.facts
    assert not origin.locked


def test_a_start_that_left_nothing_changes_nothing():
    first, second = requests("two")
    outcomes = {r.id: replace(answer(r.id), segment=n) for n, r in enumerate((first, second))}

    origin = origins_of(RUN, PLAN, outcomes)["two"]

    assert ["old"] == [env.fingerprint for env in origin.envs]
    assert origin.locked


def test_an_answer_of_nobody_knows_which_start_has_no_origin():
    first, second = requests("one")
    outcomes = {first.id: answer(first.id), second.id: replace(answer(second.id), segment=99)}

    origins = origins_of(RUN, PLAN, outcomes)

    assert ((), ()) == (origins["one"].envs, origins["one"].facts)
    assert ["one", "two"] == list(origins)


def test_answers_of_nobody_knows_which_env_are_not_called_locked():
    first, second = requests("one")
    known = replace(answer(first.id), segment=0)
    of_no_start = replace(answer(second.id), segment=99)
    of_an_unknown_env = replace(answer(second.id), segment=1)
    run = replace(RUN, envs={"old": env("old")})

    alone = origins_of(RUN, PLAN, {first.id: answer(first.id)})["one"]
    beside = origins_of(RUN, PLAN, {first.id: known, second.id: of_no_start})["one"]
    lost = origins_of(run, PLAN, {first.id: known, second.id: of_an_unknown_env})["one"]
    sound = origins_of(run, PLAN, {first.id: known})["one"]

    assert [False, False, False, True] == [origin.locked for origin in (alone, beside, lost, sound)]


def test_a_model_that_gave_no_answer_has_none_to_doubt():
    first, _ = requests("one")

    origins = origins_of(RUN, PLAN, {first.id: failed(first.id)})

    assert origins["one"].locked
    assert origins["two"].locked


def test_weights_and_machines_are_those_of_the_starts_that_left_an_outcome():
    old, new = (LoadedWeights("Org/One", commit * 40, commit * 64) for commit in "ab")
    segments = tuple(
        replace(segment, driver=driver, workers=(replace(start("one", "old"), weights=weights),))
        for segment, driver, weights in zip(SEGMENTS, "123", (old, new, old), strict=True)
    )
    first, second = requests("one")
    outcomes = {
        first.id: replace(answer(first.id), segment=0),
        second.id: replace(answer(second.id), segment=2),
    }

    origin = origins_of(replace(RUN, segments=segments), PLAN, outcomes)["one"]

    assert (old,) == origin.weights
    assert ["1", "3"] == [one["driver"] for one in machines_of(origin.segments)]
    assert 1 == len(machines_of((*SEGMENTS, *SEGMENTS)))


def test_weights_of_further_repos_stand_under_their_name():
    also = LoadedWeights("Org/Two", "c" * 40, "d" * 64)
    facts = weights_facts(LoadedWeights("Org/One", "a" * 40, "b" * 64, (also,)))

    assert "Org/One" == facts["source"]
    assert weights_facts(also) == facts["Org/Two"]
