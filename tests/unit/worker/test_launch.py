"""A worker gets to know what it needs and nothing else."""

from dataclasses import replace
from pathlib import Path

import pytest

from vlmhb.errors import WorkerError
from vlmhb.worker.launch import Launch, passed_on, worker_environment

SCRATCH = Path("/scratch")


def launch(gpus: tuple[str, ...] = (), **variables: str) -> Launch:
    return Launch("/env/bin/python", variables, SCRATCH, Path("/log"), "toy", gpus)


def test_home_and_temporary_files_are_its_own() -> None:
    environment = worker_environment({}, launch(), SCRATCH)

    assert "/scratch" == environment["HOME"]
    assert "/scratch/tmp" == environment["TMPDIR"]


def test_it_has_the_name_that_a_user_nobody_is_lacks() -> None:
    environment = worker_environment({}, launch(), SCRATCH)

    assert environment["USER"]
    assert environment["USER"] == environment["LOGNAME"]


def test_it_is_offline_and_hashes_the_same_every_time() -> None:
    environment = worker_environment({}, launch(), SCRATCH)

    assert ("1", "1", "0") == tuple(
        environment[name] for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "PYTHONHASHSEED")
    )


def test_one_whose_env_declares_a_network_is_told_how_to_reach_it() -> None:
    online = replace(launch(), network=True)

    environment = worker_environment({}, online, SCRATCH)

    assert set() == {"HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"} & environment.keys()
    assert {"HTTPS_PROXY", "SSL_CERT_FILE"} <= set(passed_on(online)) - set(passed_on(launch()))


@pytest.mark.parametrize(("gpus", "visible"), [((), ""), (("0",), "0"), (("1", "3"), "1,3")])
def test_it_sees_its_gpus_only(gpus: tuple[str, ...], visible: str) -> None:
    environment = worker_environment({}, launch(gpus), SCRATCH)

    assert visible == environment["CUDA_VISIBLE_DEVICES"]


def test_the_envs_variables_win() -> None:
    environment = worker_environment({"TZ": "UTC"}, launch(TZ="Asia/Seoul"), SCRATCH)

    assert "Asia/Seoul" == environment["TZ"]


def test_it_sees_a_cache_of_the_hub_of_its_own() -> None:
    environment = worker_environment({}, launch(), SCRATCH)

    assert "/scratch/hub" == environment["HF_HUB_CACHE"] == environment["HUGGINGFACE_HUB_CACHE"]


@pytest.mark.parametrize(
    "name", ["HF_TOKEN", "HF_HUB_CACHE", "PYTHONPATH", "PYTHONHOME", "HOME", "CUDA_VISIBLE_DEVICES"]
)
def test_an_env_cannot_set_what_no_worker_may_have(name: str) -> None:
    with pytest.raises(WorkerError, match=f"its env sets {name}"):
        worker_environment({}, replace(launch(), variables={name: "x"}), SCRATCH)
