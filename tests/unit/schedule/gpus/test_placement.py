"""Which GPUs a model may use, and what is said when there is none."""

from dataclasses import replace

import pytest

from tests.build import env, envspec, model
from tests.fakes import GIB, gpu
from vlmhb.domain.envspec import Packages
from vlmhb.schedule.gpus import placement
from vlmhb.system.gpu_memory import GpuMemory, GpuUser

SMALL, LARGE = gpu("s", 24.0), gpu("l", 80.0)


@pytest.mark.parametrize(
    ("variant", "packages", "min_gib", "expected"),
    [
        ("cpu", (("torch", "2.5.0"),), 16.0, False),
        ("cu124", (), 0.0, True),
        ("", (), 0.0, False),
        ("", (("torch", "2.5.0+cpu"),), 0.0, False),
        ("", (("torch", "2.5.0"),), 0.0, True),
        ("", (("torch", "2.5.0+cu124"),), 0.0, True),
        ("", (("nvidia-cublas-cu12", "12.1"),), 0.0, True),
        ("", (("onnxruntime", "1.19"),), 0.0, False),
        ("", (("onnxruntime-gpu", "1.19"),), 0.0, True),
        ("", (), 8.0, True),
    ],
)
def test_a_model_gets_a_gpu_when_its_env_computes_on_one(
    variant: str, packages: Packages, min_gib: float, expected: bool
):
    spec = replace(envspec(), variant=variant)
    built = replace(env(), packages=packages)

    wanted = placement.wants_gpu(model(min_gpu_memory_gib=min_gib), spec, built)

    assert expected == wanted


def test_a_lent_torch_counts():
    built = replace(env(), inherited=(("torch", "2.5.0"),))

    assert placement.wants_gpu(model(), envspec(), built)


@pytest.mark.parametrize(
    ("needed_gib", "expected"),
    [(0.0, [LARGE, SMALL]), (20.0, [SMALL, LARGE]), (24.0, [SMALL, LARGE]), (40.0, [LARGE])],
)
def test_the_smallest_gpu_that_is_large_enough_comes_first(needed_gib: float, expected: object):
    assert expected == list(placement.in_order((SMALL, LARGE), needed_gib))


def test_a_model_that_is_too_large_for_every_gpu_is_told_both_figures():
    problem = placement.too_small((SMALL, LARGE), 140.0)

    assert "it needs a GPU with 140 GiB; the largest here, GPU, has 80 GiB" == problem
    assert placement.too_small((SMALL, LARGE), 80.0) == placement.too_small((), 0.0) == ""
    assert "it needs a GPU with 16 GiB, none was found" == placement.too_small((), 16.0)


def test_a_gpu_is_back_when_no_more_is_used_than_before():
    before = GpuMemory(24 * GIB, GIB)

    assert placement.is_back(before, GpuMemory(24 * GIB, GIB + placement.SLACK_BYTES))
    assert not placement.is_back(before, GpuMemory(24 * GIB, GIB + placement.SLACK_BYTES + 1))


def test_a_shortage_names_the_gpu_the_figures_and_who_has_the_memory():
    users = (GpuUser(7, "python3", 2 * GIB), GpuUser(5, "", None), GpuUser(9, "Xorg", 8 * GIB))

    text = placement.shortage(SMALL, GpuMemory(24 * GIB, 12 * GIB), 16.0, users)

    assert text == (
        "GPU GPU-s (GPU) has 12.0 GiB of 24.0 GiB free, the model needs 16 GiB; held by"
        " process 9 (Xorg) with 8.0 GiB, process 7 (python3) with 2.0 GiB, process 5;"
        " end them, or wait for them"
    )
    assert placement.fits(GpuMemory(24 * GIB, 8 * GIB), 16.0)
    assert not placement.fits(GpuMemory(24 * GIB, 8 * GIB + 1), 16.0)


def test_memory_that_did_not_come_back_is_told_with_what_to_do():
    before = GpuMemory(24 * GIB, GIB)

    text = placement.not_back(SMALL, before, GpuMemory(24 * GIB, 9 * GIB), (), 30.0)

    assert text == (
        "GPU GPU-s (GPU) did not get its memory back: 9.0 GiB in use 30 s after the end of its"
        " worker, 1.0 GiB before it; no process that can be seen from here holds any; look on the"
        " host of this container with nvidia-smi, or take another pod"
    )
    assert "does not answer" in placement.not_back(SMALL, before, None, (), 30.0)
