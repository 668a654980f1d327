"""What is said of a forecast: short, however many models and GPUs there are."""

from dataclasses import replace
from typing import Any

import pytest

from tests.build import request
from tests.guides import block
from vlmhb.cli.forecast_json import forecast_json
from vlmhb.cli.forecast_lines import forecast_lines
from vlmhb.domain.run import Request
from vlmhb.schedule.forecast import Expected, forecast
from vlmhb.schedule.slots import Need, Slot, cpu_slots

GPU = Need(1)
UUID = "GPU-8f3c1b1e-0000-0000-0000-000000000000"


def gpus(count: int) -> list[Slot]:
    return [Slot(f"GPU-{n:08x}-1111-2222", 80.0) for n in range(count)]


def asked(model: str, number: int) -> list[Request]:
    return [request(f"{model}-{n}", model) for n in range(number)]


QWEN = Expected("qwen", "vl", asked("qwen", 320), GPU, 190.0, 240.0, 40.0, 2.25)
MINICPM = Expected("minicpm", "vl", asked("minicpm", 40), GPU, 190.0, 0.0, 30.0, 10.0)


def told(models: list[Expected], slots: list[Slot]) -> list[str]:
    return list(forecast_lines(forecast(models, slots)))


def test_the_guide_shows_a_forecast():
    env = "transformers-5@cu128"

    found = told([replace(QWEN, env=env), replace(MINICPM, env=env)], [Slot(UUID, 80.0)])

    assert block("plan.md", "forecast:").splitlines() == found


def test_the_path_what_a_gpu_does_and_whether_one_more_would_help():
    found = told([QWEN, MINICPM], gpus(1))

    assert [
        "forecast:",
        "  about 23 min; preparation is 19 % of it; assumed: weights come at 100 MB/s",
        "  critical path: env vl 3 min > load minicpm 30 s > 40 requests of minicpm 7 min on"
        " GPU-00000000 > load qwen 40 s > 320 requests of qwen 12 min on GPU-00000000",
        "  GPU-00000000: answering 81 %, loading 5 %, waiting for envs 14 %",
        "  with one more GPU: 14 min",
    ] == found


def test_what_is_not_known_makes_it_at_least():
    unknown = Expected("new", "other", asked("new", 1), GPU, None, 0.0, None, None)

    found = told([MINICPM, unknown], gpus(1))

    assert [
        "forecast:",
        "  at least 10 min; preparation is 35 % of it",
        "  critical path: env vl 3 min > load minicpm 30 s > 40 requests of minicpm 7 min on"
        " GPU-00000000",
        "  not known, and not counted: building env other, loading new, answers of new",
    ] == found


def test_without_gpus_none_is_added():
    ocr = Expected("ocr", "e", asked("ocr", 1), request_s=3.0)

    assert [
        "forecast:",
        "  about 3 s",
        "  critical path: 1 request of ocr 3 s on cpu-1",
        "  cpu-1: answering 100 %",
    ] == told([ocr], [*cpu_slots(1)])


def test_a_share_that_is_not_nothing_is_not_called_so():
    one = Expected("m", "e", asked("m", 8), load_s=0.1, request_s=10.0)

    assert "  cpu-1: answering 100 %, loading < 1 %" == told([one], [*cpu_slots(1)])[-1]


def test_a_further_gpu_that_does_not_help_is_called_so():
    one = Expected("m", "e", asked("m", 8), GPU, load_s=60.0, request_s=1.0)

    assert "  one more GPU would not make it shorter" == told([one], gpus(1))[-1]


def test_forty_models_on_64_gpus_take_seven_lines_at_most():
    models = [
        Expected(f"m{n}", f"e{n}", asked(f"m{n}", 40), GPU, 30.0, 9.0, 60.0, 2.0) for n in range(40)
    ]

    many, few = told(models, gpus(64)), told(models, gpus(2))

    assert (5, 6) == (len(many), len(few))
    assert "64 slots: answering" in many[3]
    assert "the least busy, GPU-" in many[4]
    assert many[2].count(" > ") == few[2].count(" > ") == 8
    assert " more " in few[2]


def test_a_forecast_of_nothing_known_is_left_out():
    unknown = Expected("m", "e", asked("m", 1), GPU, None, None, None, None)

    assert [] == told([], gpus(1)) == told([unknown], gpus(1)) == list(forecast_lines(None))


def test_for_programs_it_is_whole_and_a_path_has_times_and_places():
    found: Any = forecast_json(forecast([QWEN, MINICPM], gpus(2)))

    path = found["critical_path"]
    assert (0.0, found["makespan_s"]) == (path[0]["began_s"], path[-1]["ended_s"])
    assert ("build", "vl", None, []) == tuple(
        path[0][key] for key in ("doing", "name", "worker", "slots")
    )
    assert sum(one["ended_s"] - one["began_s"] for one in path) == pytest.approx(
        found["makespan_s"]
    )
    assert 100e6 == found["assumed_bytes_per_s"]
    assert ["GPU-00000000-1111-2222", "GPU-00000001-1111-2222"] == [
        one["slot"] for one in found["slots"]
    ]
    assert [] == found["unknown"]
