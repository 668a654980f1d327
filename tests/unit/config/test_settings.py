"""`--set KEY=VALUE`: values in place of a run file's."""

from pathlib import Path

import pytest

from tests.unit.config.files import MODEL, write, write_tree
from tests.unit.config.test_load import issues
from vlmhb.config import Device, Overrides, load_run
from vlmhb.config.documents import Documents, documents_run
from vlmhb.domain.gpu_choice import ALL_GPUS, GpuChoice
from vlmhb.errors import ConfigError, UsageError


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A run of one model, and a model beside it."""
    write_tree(tmp_path)
    write(tmp_path / "configs/models/second.yaml", MODEL)
    return tmp_path


def settings(*texts: str, **more: object) -> Overrides:
    return Overrides(settings=texts, **more)  # type: ignore[arg-type]


def test_any_key_of_the_run_file_can_be_set(tree: Path):
    config = load_run(
        "small", settings("seed=7", "limit=3", "filter={language: [ru]}", "max_workers=2"), tree
    )

    assert (7, 3, 2) == (config.seed, config.limit, config.max_workers)
    assert {"language": ("ru",)} == config.filters


def test_dots_lead_into_mappings_that_need_not_be_there(tree: Path):
    config = load_run("small", settings("filter.language=[ru, en]", "filter.split=[test]"), tree)

    assert {"language": ("ru", "en"), "split": ("test",)} == config.filters


def test_numbers_lead_into_lists(tree: Path):
    assert ["second"] == [
        m.name for m in load_run("small", settings("models.0=second"), tree).models
    ]


def test_the_last_value_of_a_key_counts(tree: Path):
    assert 2 == load_run("small", settings("limit=1", "limit=2"), tree).limit


def test_an_option_of_its_own_goes_before_a_setting(tree: Path):
    assert 9 == load_run("small", settings("limit=1", limit=9), tree).limit


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sed=7", "--set sed=7 sed: got an unknown key; did you mean 'seed'?"),
        ("limit=ten", "--set limit=ten limit: got 'ten', expected a whole number"),
        ("limit=0", "--set limit=0 limit: got 0, expected 1 or more"),
        ("limit=", "--set limit= limit: got '', expected a whole number"),
        (
            "models=[absent]",
            "--set models=[absent] models[0]: got 'absent', expected the name of a",
        ),
        ("models.5=a", "--set models.5=a: got the key '5', expected a number below 1"),
        ("models.x=a", "--set models.x=a: got the key 'x', expected a number below 1"),
        ("seed.low=1", "--set seed.low=1 seed: got a mapping, expected a whole number"),
        ("models.0.name=a", "--set models.0.name=a: got the key 'name', expected no further keys"),
        ("limit", "--set limit: got 'limit', expected KEY=VALUE, such as limit=20"),
        ("=3", "--set =3: got '=3', expected KEY=VALUE, such as limit=20"),
        ("a..b=3", "--set a..b=3: got 'a..b=3', expected KEY=VALUE, such as limit=20"),
        ("filter=[", "--set filter=[:1:2 not YAML: "),
        (
            "filter=!!python/none x",
            "--set filter=!!python/none x:1:1 got 'x' (python/none), expected",
        ),
    ],
)
def test_a_wrong_one_is_told_as_if_it_stood_in_the_file(tree: Path, text: str, expected: str):
    (found,) = issues(tree, overrides=settings(text))

    assert found.startswith(expected)


def test_everything_wrong_is_told_at_once(tree: Path):
    found = issues(tree, overrides=settings("limit=x", "seed=-1"))

    assert ["--set limit=x", "--set seed=-1"] == [
        line.partition(" limit:")[0].partition(" seed:")[0] for line in found
    ]


def test_a_value_that_is_too_long_is_refused(tree: Path):
    with pytest.raises(ConfigError, match="got more than"):
        load_run("small", settings("limit=" + "1" * 300_000), tree)


def test_a_variable_gives_way_to_the_run_file(tree: Path):
    """The command line goes before the file, and that before the environment."""
    write(
        tree / "configs/runs/limited.yaml",
        "models: [second]\ntasks: [pages]\nlimit: 5\nprefetch: 1\n",
    )
    weak = frozenset({"limit", "max_workers", "prefetch", "settings", "filters"})
    given = settings(
        "seed=7",
        "limit=8",
        limit=9,
        max_workers=3,
        prefetch=4,
        filters={"split": ("a",)},
        weak=weak,
    )

    config = load_run("limited", given, tree)

    assert (5, 3, 1, 7) == (config.limit, config.max_workers, config.prefetch, config.seed)
    assert {"split": ("a",)} == config.filters


def test_gpus_are_those_of_the_command_line_before_those_of_the_file(tree: Path):
    write(tree / "configs/runs/one.yaml", "models: [second]\ntasks: [pages]\ngpus: 1\n")
    typed = GpuChoice(names=("2",))

    assert ALL_GPUS == load_run("small", cwd=tree).gpus
    assert GpuChoice(count=1) == load_run("one", cwd=tree).gpus
    assert typed == load_run("one", Overrides(gpus=typed), tree).gpus
    weak = Overrides(gpus=typed, weak=frozenset({"gpus"}))
    assert GpuChoice(count=1) == load_run("one", weak, tree).gpus
    assert typed == load_run("small", weak, tree).gpus


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("0", "0"),
        ("2", "2"),
        ("0,1", "0,1"),
        ("'2,'", "2,"),
        ("[2]", "2,"),
        ("[0, GPU-b]", "0,GPU-b"),
        ("MIG-1", "MIG-1,"),
        ("all", "all"),
    ],
)
def test_gpus_in_a_file_are_written_as_on_the_command_line_or_as_a_list(
    tree: Path, value: str, expected: str
):
    assert expected == str(load_run("small", settings(f"gpus={value}"), tree).gpus)


@pytest.mark.parametrize("value", ["-1", "1.5", "true", "[]", "two", "{a: 1}"])
def test_gpus_that_are_none_are_told_with_what_is_expected(tree: Path, value: str):
    with pytest.raises(ConfigError, match="expected a number of GPUs like 2, or with commas"):
        load_run("small", settings(f"gpus={value}"), tree)


def test_no_gpu_at_all_and_cuda_do_not_go_together(tree: Path):
    with pytest.raises(ConfigError, match="gpus: got 0 with --device cuda"):
        load_run("small", settings("gpus=0", device=Device.CUDA), tree)


def test_a_variable_never_takes_the_place_of_the_files_models(tree: Path):
    names = [m.name for m in load_run("small", Overrides(models=("second",)), tree).models]
    weak = Overrides(models=("second",), weak=frozenset({"models"}))

    assert ["second"] == names
    assert names != [m.name for m in load_run("small", weak, tree).models]


def test_where_there_is_no_run_file_there_is_nothing_to_set(tmp_path: Path):
    with pytest.raises(UsageError, match="a folder of documents has no keys to set"):
        documents_run(Documents(tmp_path), settings("limit=1"))
    with pytest.raises(UsageError, match=r"user_config\.csv has no keys to set"):
        load_run("user_config.csv", settings("limit=1"), tmp_path)


def test_a_variable_with_settings_is_no_reason_to_refuse_what_has_none(tmp_path: Path):
    weak = settings("limit=1", weak=frozenset({"settings"}))

    with pytest.raises(ConfigError, match="cannot use this configuration"):
        load_run("absent.csv", weak, tmp_path)


def test_what_was_typed_is_what_no_variable_gave():
    given = settings("a=1", limit=3, models=("m",), weak=frozenset({"limit", "settings"}))

    assert Overrides(models=("m",), weak=given.weak) == given.typed
