"""What a run would take, from envs, weights, disks and GPUs that a test decides on."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.build import model, request
from tests.disks import FakeDisks
from tests.fakes import GIB, FakeGpus, gpu
from tests.hub_server import HubServer, running_hub
from tests.unit.env.toy_world import World, make_world
from tests.unit.weights.repos import BIG, FILES, REPO, SIZE_BYTES
from vlmhb.config import Overrides
from vlmhb.domain.model import ModelSpec, WeightsRef
from vlmhb.domain.needs import Amount, Disk
from vlmhb.domain.run import RunConfig
from vlmhb.env.lock import lock_path
from vlmhb.errors import UnusableError
from vlmhb.pipeline import RunOptions
from vlmhb.pipeline.outlook import Asking, DataNeed, look_ahead, refuse_full_disks
from vlmhb.plan.estimates.disk import SPARE_BYTES
from vlmhb.schedule.gpus.desk import GpuRules
from vlmhb.system.deadline import Deadline
from vlmhb.system.gpu_lease import GpuLease, take_lease

pytestmark = pytest.mark.uv

ROOMY = 100 * GIB
REF = WeightsRef(REPO)


class NoDisks(FakeDisks):
    """Disks that nobody may look at."""

    def __init__(self) -> None:
        super().__init__(0)

    def under(self, folder: Path) -> Disk:
        raise AssertionError(folder)


class Setting:
    """A run on a machine."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.disks = FakeDisks(ROOMY)
        self.gpus = FakeGpus()
        self.rules = GpuRules(world.folder / "leases" / "gpus")
        self.offline = False
        self.data: tuple[DataNeed, ...] = ()
        self.left: dict[str, int] | None = None
        """By model, how many requests; one of each model unless it is said."""

    def asking(self, *models: ModelSpec, is_run: bool = False) -> Asking:
        spec = self.world.spec
        config = RunConfig(
            name="run",
            source="run",
            models=models,
            tasks=(),
            envspecs={spec.name: spec, "gpu": replace(spec, name="gpu", variant="cu128")},
            max_workers=1,
            limit=None,
            seed=0,
        )
        folder = self.world.folder
        options = RunOptions(
            "run",
            Overrides(),
            folder / "envs",
            folder / "datasets",
            folder / "runs",
            offline=self.offline,
            disks=self.disks,
        )
        counts = {one.name: 1 for one in models} if self.left is None else self.left
        left = {name: tuple(request(str(n), name) for n in range(k)) for name, k in counts.items()}
        return Asking(
            config,
            None if self.data else left,
            folder / "runs/new",
            options,
            data=self.data,
            gpus=self.gpus,
            rules=self.rules,
            is_run=is_run,
        )


@pytest.fixture
def setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Setting:
    world = make_world(tmp_path / "world")
    for name in ("UV_CACHE_DIR", "UV_FIND_LINKS", "UV_DEFAULT_INDEX"):
        monkeypatch.setenv(name, world.uv.environment[name])
    return Setting(world)


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[HubServer]:
    with running_hub() as server:
        monkeypatch.setenv("HF_ENDPOINT", server.url)
        monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
        yield server


def toy(name: str = "m", **changes: object) -> ModelSpec:
    return replace(model(name, env="toy-world"), **changes)  # type: ignore[arg-type]


def refused(asking: Asking) -> str:
    """Why a run would not begin; empty when it would."""
    try:
        refuse_full_disks(asking)
    except UnusableError as error:
        return str(error)
    return ""


def test_a_run_is_refused_for_the_disk_exactly_when_its_plan_says_so(setting, hub):
    hub.put(REPO, FILES)
    wanted = toy(weights=REF)
    wheels = sum(file.stat().st_size for file in (setting.world.folder / "wheels").iterdir())
    least = SIZE_BYTES + wheels + SPARE_BYTES

    for free_bytes, works in ((least, True), (least - 1, False)):
        setting.disks = FakeDisks(free_bytes)
        planned = look_ahead(setting.asking(wanted))
        told = refused(setting.asking(wanted, is_run=True))
        assert (works, works) == (planned.can_run, told == "")

    assert "the disk does not suffice" in told
    assert planned.full[0].problem in told
    assert "vlmhb plan" in told


def test_each_part_is_held_against_its_own_disk(setting, hub, tmp_path: Path):
    hub.put(REPO, FILES)
    setting.disks = FakeDisks(ROOMY, {tmp_path / "hf": 1000})

    outlook = look_ahead(setting.asking(toy(weights=REF)))

    full = [disk.disk.point for disk in outlook.disks if disk.obstacle]
    assert [str(tmp_path / "hf")] == full
    assert "set HF_HOME to a folder on a larger disk" in outlook.full[0].fix


def test_a_large_disk_is_asked_nothing_about(setting, hub):
    hub.put(REPO, FILES)
    setting.disks = FakeDisks(2 << 40)

    refuse_full_disks(setting.asking(toy(weights=REF), is_run=True))

    assert [] == hub.seen


def test_a_run_that_lacks_nothing_asks_nobody_and_looks_at_no_disk(setting, hub):
    hub.put(REPO, FILES)
    wanted = setting.asking(toy(weights=REF), is_run=True)
    wanted.envs.ensure(setting.world.spec)
    wanted.weights.ensure(REF)
    hub.seen.clear()
    setting.disks = NoDisks()

    refuse_full_disks(setting.asking(toy(weights=REF), is_run=True))

    assert [] == hub.seen


def test_what_is_here_is_known_of_each_model_and_asked_of_nobody(setting, hub):
    hub.put(REPO, FILES)
    wanted = setting.asking(toy("whole", weights=REF))
    wanted.envs.ensure(setting.world.spec)
    wanted.weights.ensure(REF)
    hub.seen.clear()
    absent = toy("absent", weights=WeightsRef("Org/Other"))
    gone = toy("gone", weights=WeightsRef(path="/nowhere"))
    unbuilt = replace(toy("unbuilt"), env="gpu")

    asking = setting.asking(toy("whole", weights=REF), toy("none"), absent, gone, unbuilt)

    assert {"whole", "none"} == asking.here
    assert [] == hub.seen


def test_models_with_nothing_left_or_that_cannot_run_here_bring_nothing(setting, hub):
    hub.put(REPO, FILES)
    setting.disks = FakeDisks(0)
    setting.left = {"done": 0, "m": 1}
    lacking = toy("m", weights=REF, secrets=("VLMHB_TEST_NOT_SET",))

    outlook = look_ahead(setting.asking(toy("done", weights=REF), lacking))

    assert (("m",), ["m"]) == (outlook.asked, list(outlook.obstacles))
    assert () == outlook.full
    assert not outlook.can_run


def test_one_model_that_works_is_enough(setting):
    lacking = toy("lacking", secrets=("VLMHB_TEST_NOT_SET",))

    outlook = look_ahead(setting.asking(lacking, toy("m")))

    assert outlook.can_run
    assert ["lacking"] == list(outlook.obstacles)


def test_nothing_left_to_ask_can_run_and_takes_nothing(setting):
    setting.left = {}

    outlook = look_ahead(setting.asking(toy()))

    assert outlook.can_run
    assert ((), (), ()) == (outlook.envs, outlook.disks, outlook.durations)


def test_offline_weights_that_are_not_here_stop_their_model(setting, hub):
    setting.offline = True

    outlook = look_ahead(setting.asking(toy(weights=REF)))

    assert "not in the cache" in outlook.obstacles["m"].problem
    assert [] == hub.seen


def test_offline_data_that_is_not_here_stops_the_run(setting):
    setting.data = (DataNeed("numbers", 1, Amount(5), Path("/x")),)
    online = look_ahead(setting.asking(toy()))
    setting.offline = True
    offline = look_ahead(setting.asking(toy()))

    assert (True, False) == (online.can_run, offline.can_run)
    assert ["datasets"] == [
        one.kind for disk in online.disks for one in disk.demands if one.kind == "datasets"
    ]
    assert "the data of numbers is not here" in offline.general[0].problem


@pytest.mark.parametrize(
    ("gpus", "problem"),
    [
        ((), "it needs a GPU with 10 GiB, none was found"),
        ((gpu(memory_gib=8.0),), "the largest here, GPU, has 8 GiB"),
    ],
)
def test_a_model_that_no_gpu_can_hold_cannot_run(setting, gpus, problem: str):
    setting.gpus = FakeGpus(*gpus)

    outlook = look_ahead(setting.asking(toy(min_gpu_memory_gib=10.0)))

    assert problem in outlook.obstacles["m"].problem
    assert not outlook.can_run


def test_a_gpu_that_is_full_now_is_an_obstacle_and_names_who_fills_it(setting):
    setting.gpus = FakeGpus(gpu(memory_gib=24.0))
    setting.gpus.used_gib["GPU-a"] = 20.0
    wanted = toy(min_gpu_memory_gib=10.0)

    full = look_ahead(setting.asking(wanted))
    setting.gpus.used_gib["GPU-a"] = 1.0
    free = look_ahead(setting.asking(wanted))

    assert "4.0 GiB of 24.0 GiB free, the model needs 10 GiB" in full.obstacles["m"].problem
    assert {} == free.obstacles
    assert (10 * GIB, True) == (free.gpu_needs[0].amount.size_bytes, free.gpu_needs[0].is_asked)


def test_a_gpu_that_another_run_has_is_waited_for(setting):
    setting.gpus = FakeGpus(gpu(memory_gib=24.0))
    setting.gpus.used_gib["GPU-a"] = 20.0
    lease = take_lease(setting.rules.leases, "GPU-a")
    assert isinstance(lease, GpuLease)

    outlook = look_ahead(setting.asking(toy(min_gpu_memory_gib=10.0)))
    lease.release()

    assert outlook.can_run
    assert "is used by vlmhb run" in outlook.gpu_needs[0].warning


def test_a_model_for_two_gpus_needs_two_that_are_free(setting):
    wanted = toy(min_gpu_memory_gib=10.0, gpus=2)
    setting.gpus = FakeGpus(gpu("a"))
    one = look_ahead(setting.asking(wanted))
    setting.gpus = FakeGpus(gpu("a"), gpu("b"))
    two = look_ahead(setting.asking(wanted))
    setting.gpus.used_gib["GPU-b"] = 20.0
    full = look_ahead(setting.asking(wanted))

    few = "it needs 2 GPUs with 10 GiB each; there is 1 here"
    assert (False, few) == (one.can_run, one.obstacles["m"].problem)
    assert (True, 2) == (two.can_run, two.gpu_needs[0].count)
    assert (False, True) == (full.can_run, "GPU GPU-b (GPU) has 4.0" in full.obstacles["m"].problem)


def test_a_gpu_that_is_free_is_taken_before_one_that_another_run_has(setting):
    setting.gpus = FakeGpus(gpu("a"), gpu("b"))
    setting.gpus.used_gib["GPU-a"] = 20.0
    other = take_lease(setting.rules.leases, "GPU-a")
    assert isinstance(other, GpuLease)

    outlook = look_ahead(setting.asking(toy(min_gpu_memory_gib=10.0)))
    other.release()

    assert ("", "") == (outlook.gpu_needs[0].warning, outlook.gpu_needs[0].problem)


def test_an_estimate_that_no_gpu_holds_is_a_warning(setting, hub):
    hub.put(REPO, FILES)
    setting.gpus = FakeGpus(gpu(memory_gib=1.0))
    for_gpus = lock_path(replace(setting.world.spec, variant="cu128"))
    for_gpus.write_bytes(setting.world.lock.read_bytes())

    outlook = look_ahead(setting.asking(toy(env="gpu", weights=REF)))

    (need,) = outlook.gpu_needs
    assert int(len(BIG) * 1.2) + GIB == need.amount.size_bytes
    assert "it may not fit: about 1.0 GiB, and GPU has 1 GiB" == need.warning
    assert outlook.can_run


def test_an_estimate_that_does_not_find_enough_free_is_a_warning_too(setting, hub):
    hub.put(REPO, FILES)
    setting.gpus = FakeGpus(gpu(memory_gib=8.0))
    setting.gpus.used_gib["GPU-a"] = 7.5
    for_gpus = lock_path(replace(setting.world.spec, variant="cu128"))
    for_gpus.write_bytes(setting.world.lock.read_bytes())

    outlook = look_ahead(setting.asking(toy(env="gpu", weights=REF)))

    assert "0.5 GiB of 8.0 GiB free" in outlook.gpu_needs[0].warning
    assert ("", True) == (outlook.gpu_needs[0].problem, outlook.can_run)


def unlocked() -> ModelSpec:
    """A model whose env has a lock for other machines only."""
    return toy("unlocked", env="gpu")


def test_an_env_that_cannot_be_had_stops_its_own_models_only(setting):
    setting.gpus = FakeGpus(gpu())

    planned = look_ahead(setting.asking(unlocked(), toy("m")))

    assert ["unlocked"] == list(planned.obstacles)
    assert "no lock for" in planned.obstacles["unlocked"].problem
    assert "vlmhb env lock gpu" in planned.obstacles["unlocked"].fix
    assert planned.can_run


def test_a_forecast_is_of_the_models_that_can_run_and_of_no_data_there_is_none(setting):
    setting.gpus = FakeGpus(gpu())

    forecast = look_ahead(setting.asking(unlocked(), toy("m"))).forecast
    setting.data = (DataNeed("t", 1, Amount(1), setting.world.folder),)

    assert forecast is not None
    assert {"toy-world", "m"} == {one.name for one in forecast.unknown}
    assert look_ahead(setting.asking(toy("m"))).forecast is None


def test_a_run_is_not_refused_for_one_env_that_cannot_be_had(setting):
    setting.disks = FakeDisks(0)
    setting.gpus = FakeGpus(gpu())
    setting.left = {"unlocked": 1}

    refuse_full_disks(setting.asking(unlocked(), is_run=True))


class BrokenDisks(FakeDisks):
    """Disks that do not tell."""

    def under(self, folder: Path) -> Disk:
        raise NotADirectoryError(folder)


def test_a_run_is_not_refused_for_a_disk_that_does_not_tell(setting):
    setting.disks = BrokenDisks(0)

    refuse_full_disks(setting.asking(toy(), is_run=True))


def test_all_questions_of_a_run_have_one_deadline_which_is_sooner_than_a_plan_s(setting):
    run, plan = setting.asking(toy(), is_run=True), setting.asking(toy())

    assert run.deadline is run.deadline
    assert run.deadline.at_s < plan.deadline.at_s
    assert 20 >= run.deadline.left_s


def test_what_the_deadline_cuts_off_is_not_known_and_no_reason_to_refuse(setting, hub):
    hub.put(REPO, FILES)
    setting.disks = FakeDisks(0)
    asking = setting.asking(toy(weights=REF), is_run=True)
    vars(asking)["deadline"] = Deadline(0.0)

    refuse_full_disks(asking)
    outlook = look_ahead(asking)

    assert [None] == [need.wheels for need in outlook.envs]
    assert [None] == [need.download.size_bytes for need in outlook.weights]
    assert [] == hub.seen
