"""Which GPUs a model may use, and what is said when there is none."""

from dataclasses import replace

import pytest

from tests.build import env, envspec, model
from tests.fakes import GIB, gpu
from vlmhb.domain.envspec import Packages
from vlmhb.schedule.gpus import placement
from vlmhb.schedule.slots import NO_GPU, Need
from vlmhb.system.gpu_memory import GpuMemory, GpuUser
from vlmhb.system.gpus import Gpu

SMALL, LARGE = gpu("s", 24.0), gpu("l", 80.0)
SLICE = Gpu("MIG-1", "GPU MIG 1g.10gb", 9.5)
BESIDE_SLICES = "beside MIG slices, which hold no part of a model"


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


def test_a_worker_needs_the_gpus_that_its_model_says_and_none_where_it_computes_on_none():
    split = model(gpus=2, min_gpu_memory_gib=40.0)
    on_cpu = replace(envspec(), variant="cpu")
    with_torch = replace(env(), packages=(("torch", "2.5.0"),))

    assert Need(2, 40.0) == placement.need_of(split, envspec(), env(), (SMALL, LARGE))
    assert Need(1, 0.0) == placement.need_of(model(), envspec(), with_torch, (SMALL,))
    assert NO_GPU == placement.need_of(model(), envspec(), env(), (SMALL, LARGE))
    assert NO_GPU == placement.need_of(split, on_cpu, env(), (SMALL, LARGE))


def test_on_a_machine_without_gpus_no_worker_needs_one():
    """Most computes on the CPU then; what cannot was left out before."""
    with_torch = replace(env(), packages=(("torch", "2.5.0"),))

    assert NO_GPU == placement.need_of(model(), envspec(), with_torch, ())


@pytest.mark.parametrize(
    ("needed_gib", "expected"), [(0.0, (SMALL, LARGE)), (24.0, (SMALL, LARGE)), (24.1, (LARGE,))]
)
def test_a_gpu_is_large_enough_as_a_whole(needed_gib: float, expected: object):
    assert expected == placement.large_enough((SMALL, LARGE), needed_gib)


def test_a_model_that_is_too_large_for_every_gpu_is_told_both_figures():
    problem = placement.too_small((SMALL, LARGE), 140.0)

    assert "it needs a GPU with 140 GiB; the largest here, GPU, has 80 GiB" == problem
    assert placement.too_small((SMALL, LARGE), 80.0) == placement.too_small((), 0.0) == ""
    assert "it needs a GPU with 16 GiB, none was found" == placement.too_small((), 16.0)


@pytest.mark.parametrize(
    ("gpus", "needed_gib", "problem"),
    [
        ((SMALL, LARGE), 24.0, ""),
        ((SMALL, LARGE), 0.0, ""),
        ((), 0.0, "it needs 2 GPUs, none was found"),
        ((SMALL,), 0.0, "it needs 2 GPUs; there is 1 here"),
        ((LARGE,), 40.0, "it needs 2 GPUs with 40 GiB each; there is 1 here"),
        (
            (SMALL, LARGE),
            40.0,
            "it needs 2 GPUs with 40 GiB each; those here have 24 GiB, 80 GiB",
        ),
        ((SLICE, SLICE), 0.0, f"it needs 2 GPUs; there are 0 here, {BESIDE_SLICES}"),
        ((SLICE, LARGE), 4.0, f"it needs 2 GPUs with 4 GiB each; there is 1 here, {BESIDE_SLICES}"),
        ((SLICE, SMALL, LARGE), 4.0, ""),
    ],
)
def test_a_model_for_two_gpus_needs_two_that_are_large_enough(
    gpus: tuple[Gpu, ...], needed_gib: float, problem: str
):
    assert problem == placement.too_small(gpus, needed_gib, 2)


def test_a_model_for_one_gpu_may_have_a_slice():
    assert (SLICE, SMALL) == placement.large_enough((SLICE, SMALL), 9.5)
    assert "" == placement.too_small((SLICE,), 9.5)


def test_a_model_that_is_split_over_gpus_wants_them_whatever_its_packages():
    assert placement.wants_gpu(model(gpus=2), envspec(), env())
    assert not placement.wants_gpu(model(gpus=2), replace(envspec(), variant="cpu"), env())


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
