"""What is said of an outlook: nothing that is not known becomes a number."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.fakes import GIB, gpu
from vlmhb.cli.outlook_json import outlook_json
from vlmhb.cli.outlook_lines import duration, outlook_lines, verdict
from vlmhb.domain.needs import Amount, Disk, EnvNeed, Obstacle, WeightsNeed, Wheel
from vlmhb.domain.past import Past
from vlmhb.pipeline.outlook import DataNeed, GpuNow, Outlook
from vlmhb.plan.estimates import Demand, DiskOutlook, Duration, GpuNeed
from vlmhb.schedule.forecast import Doing, Forecast, Unknown
from vlmhb.system.gpu_memory import GpuMemory

UNKNOWN = Amount(None, "nobody tells")
EMPTY = Outlook((), (), (), (), (), (), (), None, {}, ("m",))
WHEELS = (Wheel("a==1", 2_000_000), Wheel("b==1", 1_000_000, is_here=True))
TO_BUILD = EnvNeed("e", is_ready=False, size=UNKNOWN, wheels=WHEELS, packages=WHEELS)
FULL = DiskOutlook(
    Disk(1, "/data", GIB), (Demand("weights", Disk(1, "/data", GIB), 2 * GIB, Amount(2 * GIB)),)
)


def lines(**changes: object) -> list[str]:
    return list(outlook_lines(replace(EMPTY, **changes)))  # type: ignore[arg-type]


def test_a_subject_without_anything_to_say_is_left_out():
    assert [] == lines()


@pytest.mark.parametrize(
    ("expected", "need"),
    [
        ("e: built, 5.0 MB", EnvNeed("e", is_ready=True, size=Amount(5_000_000))),
        (
            "e: to build; to download: 1 package, 2.0 MB; its size: 9.0 MB (estimated: 3 times the"
            " wheels)",
            TO_BUILD,
        ),
        (
            "e: to build; to download: nothing, all packages are here; its size: not known (nobody"
            " tells)",
            EnvNeed("e", is_ready=False, size=UNKNOWN),
        ),
        (
            "e: to build; to download: not known (no index); its size: not known (nobody tells)",
            EnvNeed("e", is_ready=False, size=UNKNOWN, wheels=None, unknown="no index"),
        ),
        (
            "e: cannot be built: no Python fits",
            EnvNeed(
                "e", is_ready=False, size=UNKNOWN, obstacle=Obstacle("no Python fits", "install")
            ),
        ),
    ],
)
def test_an_env(expected: str, need: EnvNeed):
    assert ["envs:", f"  {expected}"] == lines(envs=(need,))


def test_copied_files_are_said_to_take_their_size_twice():
    assert "takes their size twice" in lines(envs=(replace(TO_BUILD, links=False),))[1]


def test_weights_that_are_here_to_come_unknown_or_not_to_be_had():
    here = WeightsNeed("m", "Org/Name@main", Amount(5_000_000), Amount(0), Amount(5))
    found = lines(
        weights=(
            here,
            replace(here, download=Amount(1_000_000)),
            replace(here, download=UNKNOWN),
            replace(here, obstacle=Obstacle("no such\nrepo", "correct it")),
        )
    )

    assert [
        "weights:",
        "  m: Org/Name@main: here, 5.0 MB",
        "  m: Org/Name@main: to download: 1.0 MB of 5.0 MB",
        "  m: Org/Name@main: to download: not known (nobody tells)",
        "  m: Org/Name@main: no such repo",
    ] == found


def test_a_disk_names_its_parts_and_what_is_wrong():
    assert [
        "disk:",
        "  /data: 1.0 GiB free; for about 2,147.5 MB",
        "    weights: 2,147.5 MB",
        "    does not suffice: free space",
    ] == lines(disks=(FULL,))


def test_gpus_are_told_when_a_model_needs_one():
    need = GpuNeed("m", Amount(14 * GIB, "its file asks for it"), is_asked=True)
    now = GpuNow(gpu(), GpuMemory(24 * GIB, 4 * GIB))
    silent = GpuNow(gpu("b"), None)

    assert [] == lines(gpus=(now,))
    assert [
        "GPU:",
        "  GPU-a (GPU): 20.0 GiB of 24.0 GiB free",
        "  GPU-b (GPU): 24 GiB, free: not known (it does not tell)",
        "  m: needs 14.0 GiB (its file asks for it)",
        "  n: needs not known (nobody tells)",
    ] == lines(gpus=(now, silent), gpu_needs=(need, GpuNeed("n", UNKNOWN)))


def test_time_names_the_run_it_is_taken_from_and_is_not_known_without_one():
    past = Past("runs7", "H200", 20, request_s=3.0, load_s=12.0, build_s=None)
    found = lines(
        durations=(Duration("m", 100, past, 312.0), Duration("n", 1, None, None)),
    )

    assert [
        "time:",
        "  m: about 5 min without downloads: loading 12 s, 100 requests at 3 s; as in runs7, 20"
        " requests on H200",
        "  n: no history: no run of this model on such a machine is here",
    ] == found


@pytest.mark.parametrize(
    ("expected", "seconds"),
    [("0.012 s", 0.012), ("12 s", 12.3), ("5 min", 312.0), ("2 h 5 min", 7500.0)],
)
def test_durations_are_as_exact_as_people_need(expected: str, seconds: float):
    assert expected == duration(seconds)


@pytest.mark.parametrize(
    ("expected", "outlook"),
    [
        ("this can run", EMPTY),
        ("this can run: nothing is left to ask", replace(EMPTY, asked=())),
        (
            "this can run, without n",
            replace(EMPTY, asked=("m", "n"), obstacles={"n": Obstacle("no GPU", "rent one")}),
        ),
        (
            "this can run, as far as is known; not known: size of weights, size of datasets",
            replace(
                EMPTY,
                weights=(WeightsNeed("m", "r", UNKNOWN, UNKNOWN, UNKNOWN),),
                data=(DataNeed("t", 1, UNKNOWN, Path("/x")),),
            ),
        ),
        (
            "this cannot run: m: no GPU",
            replace(EMPTY, obstacles={"m": Obstacle("no\nGPU", "rent one")}),
        ),
        (
            "this cannot run: /data has 1.0 GiB free, and at least 2.0 GiB will come to it. Next:"
            " free space",
            replace(EMPTY, disks=(FULL,)),
        ),
    ],
)
def test_the_last_line_and_the_exit_code_agree(expected: str, outlook: Outlook):
    assert expected == verdict(outlook)
    assert expected.startswith("this can run") is outlook_json(outlook)["can_run"]


def test_a_total_of_which_something_is_not_known_is_none():
    forecast = Forecast(5.0)
    partly = replace(forecast, unknown=(Unknown(Doing.LOAD, "m"),))

    whole, part, without = (
        outlook_json(replace(EMPTY, forecast=one))["time"] for one in (forecast, partly, None)
    )

    assert [{"total_s": 5.0, "models": []}, *[{"total_s": None, "models": []}] * 2] == [
        whole,
        part,
        without,
    ]


def test_for_programs_what_is_not_known_is_null_with_a_reason():
    unknown = WeightsNeed("m", "r", UNKNOWN, UNKNOWN, UNKNOWN)

    told: Any = outlook_json(replace(EMPTY, weights=(unknown,), disks=(FULL,)))

    assert {"size_bytes": None, "why": "nobody tells"} == told["weights"][0]["download"]
    (disk,) = told["disks"]
    assert (False, 2 * GIB) == (disk["suffices"], disk["least_bytes"])
