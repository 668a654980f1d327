from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.config.files import ENVSPEC, MODEL, RUN, TASK, write, write_tree
from vlmhb.config import (
    Overrides,
    load_envspec,
    load_model,
    load_model_and_env,
    load_run,
    load_task,
)
from vlmhb.config.overrides import NO_OVERRIDES
from vlmhb.domain.error_limit import ErrorLimit
from vlmhb.domain.model import FileNeed, WeightsRef
from vlmhb.domain.prompt import one_prompt
from vlmhb.domain.shard import Shard
from vlmhb.domain.task import AnswerKind, Generation
from vlmhb.domain.worker_limits import WorkerLimits
from vlmhb.errors import ConfigError, UsageError


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return write_tree(tmp_path)


def issues(tree: Path, source: str = "small", overrides: Overrides = NO_OVERRIDES):
    with pytest.raises(ConfigError) as caught:
        load_run(source, overrides, tree)
    return caught.value.issues


def test_a_run_holds_everything_it_names(tree: Path):
    config = load_run("small", cwd=tree)

    assert ("small", "small") == (config.name, config.source)
    assert ["reader"] == [model.name for model in config.models]
    assert ["pages"] == [task.name for task in config.tasks]
    assert {"light": str(tree / "envspecs/light")} == {
        name: spec.folder for name, spec in config.envspecs.items()
    }
    assert (None, None, 0) == (config.max_workers, config.limit, config.seed)


@pytest.mark.parametrize(
    "source", ["small", "configs/runs/small.yaml", "./configs/runs/small.yaml"]
)
def test_a_run_is_found_by_name_and_by_path(tree: Path, source: str):
    assert "small" == load_run(source, cwd=tree).name


def test_a_run_file_finds_the_names_of_its_own_tree_from_anywhere(tree: Path, tmp_path: Path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()

    config = load_run(str(tree / "configs/runs/small.yaml"), cwd=elsewhere)

    assert ["reader"] == [model.name for model in config.models]


def test_a_run_file_outside_a_tree_names_models_by_path(tree: Path):
    write(tree / "mine/my.yaml", "models: [./own.yaml]\ntasks: [pages]\n")
    write(tree / "mine/own.yaml", MODEL)

    config = load_run("./mine/my.yaml", cwd=tree)

    assert ["own"] == [model.name for model in config.models]


def test_a_model_outside_the_run_s_tree_brings_its_own_envspecs(tree: Path, tmp_path: Path):
    write(tmp_path / "other/configs/models/far.yaml", MODEL.replace("light", "heavy"))
    spec = write(tmp_path / "other/envspecs/heavy/envspec.yaml", ENVSPEC)
    far = tmp_path / "other/configs/models/far.yaml"
    write(tree / "configs/runs/small.yaml", f"models: [{far}]\ntasks: [pages]\n")

    config = load_run("small", cwd=tree)

    assert str(spec.parent) == config.envspecs["heavy"].folder


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("{repo: Org/Model}", WeightsRef("Org/Model")),
        (
            "{repo: Org/Model, revision: v1, include: ['*.json'], also: [{repo: Org/Eye}]}",
            WeightsRef("Org/Model", "v1", include=("*.json",), also=(WeightsRef("Org/Eye"),)),
        ),
        ("{path: /weights}", WeightsRef(revision="", path="/weights")),
    ],
)
def test_a_model_says_where_its_weights_are(tree: Path, written: str, expected: WeightsRef):
    write(tree / "configs/models/reader.yaml", f"{MODEL}weights: {written}\n")

    assert expected == load_model("reader", tree).weights


def test_a_relative_path_of_weights_starts_at_the_model_file(tree: Path):
    write(tree / "configs/models/reader.yaml", f"{MODEL}weights: {{path: mine}}\n")
    weights = load_model("reader", tree).weights

    assert weights is not None
    assert str(tree / "configs/models/mine") == weights.path


def test_a_path_of_weights_goes_up_without_dots_in_it(tree: Path):
    write(tree / "configs/models/reader.yaml", f"{MODEL}weights: {{path: ../../mine}}\n")
    weights = load_model("reader", tree).weights

    assert weights is not None
    assert str(tree / "mine") == weights.path


def test_a_path_of_weights_goes_up_from_where_a_link_leads(tree: Path, tmp_path: Path):
    place = tmp_path / "far/away"
    place.mkdir(parents=True)
    (tree / "configs/models/link").symlink_to(place)
    write(tree / "configs/models/reader.yaml", f"{MODEL}weights: {{path: link/../mine}}\n")
    weights = load_model("reader", tree).weights

    assert weights is not None
    assert str((tmp_path / "far/mine").resolve()) == weights.path


def test_a_backend_that_comes_with_vlmhb_has_a_short_name(tree: Path):
    text = MODEL.replace("vlmhb_worker.backends.toy:ToyBackend", "toy")
    write(tree / "configs/models/reader.yaml", text)

    assert "vlmhb_worker.backends.toy:ToyBackend" == load_model("reader", tree).backend


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("", 1),
        ("gpus: 2\n", 2),
        ("params: {tensor_parallel_size: 4}\n", 4),
        ("params: {tensor_parallel_size: 2, engine: {pipeline_parallel_size: 3}}\n", 6),
        ("params: {engine: {pp_size: 2}}\n", 2),
        ("params: {tensor_parallel_size: 2}\ngpus: 2\n", 2),
        ("params: {tensor_parallel_size: auto, engine: 3}\ngpus: 3\n", 3),
        ("params: {tensor_parallel_size: true}\n", 1),
        ("params: {tensor_parallel_size: 0}\n", 1),
    ],
)
def test_a_model_takes_as_many_gpus_as_it_is_split_over(tree: Path, more: str, expected: int):
    write(tree / "configs/models/large.yaml", MODEL + more)

    assert expected == load_model("large", tree).gpus


def test_two_numbers_of_gpus_that_differ_are_told_with_their_place(tree: Path):
    split = "{tensor_parallel_size: 2, engine: {pipeline_parallel_size: 2}}"
    write(tree / "configs/models/large.yaml", f"{MODEL}params: {split}\ngpus: 2\n")

    (issue,) = issues(tree, overrides=Overrides(models=("large",)))

    assert issue == (
        "configs/models/large.yaml:5:7 gpus: got 2, expected 4, for `tensor_parallel_size: 2` x"
        " `engine.pipeline_parallel_size: 2` in params"
    )


@pytest.mark.parametrize("written", ["0", "-1", "1.5", "two"])
def test_a_model_takes_a_whole_number_of_gpus(tree: Path, written: str):
    write(tree / "configs/models/large.yaml", f"{MODEL}gpus: {written}\n")

    (issue,) = issues(tree, overrides=Overrides(models=("large",)))

    assert "configs/models/large.yaml:4:7 gpus: got" in issue


def test_what_a_model_may_do_is_off_unless_its_file_says_so(tree: Path):
    quiet = load_model("reader", tree)
    more = "trust_remote_code: true\nsecrets: [API_KEY]\nmin_gpu_memory_gib: 24\n"
    write(tree / "configs/models/reader.yaml", MODEL + more)
    loud = load_model("reader", tree)

    assert (False, (), 0.0) == (quiet.trust_remote_code, quiet.secrets, quiet.min_gpu_memory_gib)
    assert (True, ("API_KEY",), 24.0) == (
        loud.trust_remote_code,
        loud.secrets,
        loud.min_gpu_memory_gib,
    )


def test_every_key_of_a_model_arrives(tree: Path):
    write(
        tree / "configs/models/reader.yaml",
        MODEL
        + "params: {psm: 3, langs: [rus, eng], deep: {a: null}}\n"
        + "files:\n  - path: /usr/share/x\n    install: apt-get install x\n"
        + "description: reads\nmechanism_only: true\nload_timeout_s: 5\nanswer_timeout_s: 1.5\n"
        + "limits: {memory_gib: 0.5, scratch_gib: 2, processes: 3, threads: 4}\n",
    )

    model = load_model("reader", tree)

    assert {"psm": 3, "langs": ["rus", "eng"], "deep": {"a": None}} == model.params
    assert (FileNeed("/usr/share/x", "apt-get install x"),) == model.files
    assert ("reads", True, 5.0, 1.5) == (
        model.description,
        model.mechanism_only,
        model.load_timeout_s,
        model.answer_timeout_s,
    )
    assert WorkerLimits(0.5, 2.0, 3, 4) == model.limits
    assert AnswerKind.REPLY is model.answers


def test_a_limit_that_is_not_written_is_the_usual_one(tree: Path):
    write(tree / "configs/models/reader.yaml", MODEL + "limits: {processes: 3}\n")

    assert replace(WorkerLimits(), processes=3) == load_model("reader", tree).limits


def test_every_key_of_a_task_arrives(tree: Path):
    write(
        tree / "configs/tasks/pages.yaml",
        TASK
        + "system_prompt: be brief\ngeneration:\n  max_new_tokens: 7\n  temperature: 0.5\n"
        + "  top_p: 1\n  seed: 3\n  stop: [END]\n",
    )

    task = load_task("pages", tree)

    assert Generation(7, 0.5, 1.0, 3, ("END",)) == task.generation
    assert {AnswerKind.REPLY: ("anls",)} == task.metrics
    assert str(tree / "configs/data/pages") == task.dataset.root
    assert one_prompt("pages", "1", "{{ question }}", "be brief") == task.prompts


def test_every_key_of_an_envspec_arrives(tree: Path):
    (tree / "envspecs/light/overlay").mkdir()
    write(
        tree / "envspecs/light/envspec.yaml",
        'python: ">=3.10,<3.13"\nrequirements: [a==1, b==2]\nimports: [a, b.c]\n'
        "overrides: [c==3]\nconstraints: [d<4]\nno_deps: ['E_e==5']\nbuild: {e-e: no wheel}\n"
        "overlay: overlay\nvariables: {X_Y: z}\nnetwork: true\nsystem_site_packages: true\n"
        "notes: why\n",
    )

    spec = load_envspec("light", tree)

    assert (("a==1", "b==2"), ("a", "b.c"), ("c==3",)) == (
        spec.requirements,
        spec.imports,
        spec.overrides,
    )
    assert (("d<4",), ("E_e==5",), {"e-e": "no wheel"}) == (
        spec.constraints,
        spec.no_deps,
        spec.build,
    )
    assert ("overlay", {"X_Y": "z"}, "why") == (spec.overlay, spec.variables, spec.notes)
    assert spec.network
    assert not spec.locked


def test_a_dataset_folder_may_start_from_the_task_file(tree: Path):
    (tree / "configs/tasks/near").mkdir()
    write(tree / "configs/tasks/pages.yaml", TASK.replace("root: pages", "root: near"))

    assert str(tree / "configs/tasks/near") == load_task("pages", tree).dataset.root


def test_overrides_win(tree: Path):
    write(tree / "configs/runs/small.yaml", RUN + "limit: 9\nmax_workers: 9\nprefetch: 9\n")
    write(tree / "configs/models/second.yaml", MODEL)

    config = load_run("small", Overrides(("second",), ("pages",), 3, 2, prefetch=0), tree)

    assert ["second"] == [model.name for model in config.models]
    assert (3, 2, 0) == (config.limit, config.max_workers, config.prefetch)


def test_a_run_file_may_say_how_much_is_fetched_ahead(tree: Path):
    write(tree / "configs/runs/small.yaml", RUN + "prefetch: 0\n")

    assert 0 == load_run("small", cwd=tree).prefetch


@pytest.mark.parametrize(("written", "price"), [("price_per_hour: 0", 0.0), ("", None)])
def test_a_run_file_may_say_what_an_hour_costs(tree: Path, written: str, price: float | None):
    write(tree / "configs/runs/small.yaml", f"{RUN}{written}\n")

    assert price == load_run("small", cwd=tree).price_per_hour


@pytest.mark.parametrize(
    ("written", "overrides", "expected"),
    [
        ("", Overrides(), None),
        ("shard:", Overrides(), None),
        ("shard: 2/8", Overrides(), Shard(2, 8)),
        ("shard: 2/8", Overrides(shard=Shard(1, 3)), Shard(1, 3)),
        ("shard: 2/8", Overrides(shard=Shard(1, 3), weak=frozenset({"shard"})), Shard(2, 8)),
        ("", Overrides(shard=Shard(1, 3), weak=frozenset({"shard"})), Shard(1, 3)),
        ("shard: 2/8", Overrides(settings=("shard=3/8",)), Shard(3, 8)),
    ],
)
def test_which_shard_is_meant_is_typed_written_or_in_a_variable(
    tree: Path, written: str, overrides: Overrides, expected: Shard | None
):
    write(tree / "configs/runs/small.yaml", f"{RUN}{written}\n")

    assert expected == load_run("small", overrides, tree).shard


def test_a_shard_that_is_none_is_told_with_its_place(tree: Path):
    write(tree / "configs/runs/small.yaml", f"{RUN}shard: 0/8\n")

    (found,) = issues(tree)

    assert "shard: got '0/8', expected a number from 1 to 8 before the slash" in found


def test_what_vlmhyperbench_has_written_is_not_divided(tree: Path):
    with pytest.raises(UsageError, match="cannot use --shard"):
        load_run("user_config.csv", Overrides(shard=Shard(1, 2)), tree)


def test_an_override_may_name_what_the_run_file_has_by_path(tree: Path):
    write(tree / "configs/runs/small.yaml", "models: [reader, ../own.yaml]\ntasks: [pages]\n")
    write(tree / "configs/own.yaml", MODEL)

    config = load_run("small", Overrides(models=("own",)), tree)

    assert ["own"] == [model.name for model in config.models]


def test_unknown_names_on_the_command_line_name_near_ones(tree: Path):
    found = issues(tree, overrides=Overrides(models=("raeder",), tasks=("page",)))

    assert 2 == len(found)
    assert found[0].startswith("--models: got 'raeder', expected the name of a model (known: ")
    assert found[0].endswith("; did you mean 'reader'?")
    assert found[1].endswith("; did you mean 'pages'?")


def test_an_unknown_name_comes_with_the_list_that_has_them(tree: Path):
    with pytest.raises(ConfigError) as of_runs:
        load_run("smal", cwd=tree)
    with pytest.raises(ConfigError) as of_models:
        load_model("raeder", cwd=tree)

    assert ("vlmhb list run-files", "vlmhb list models") == (
        of_runs.value.next_step,
        of_models.value.next_step,
    )


@pytest.mark.parametrize(
    ("source", "near"),
    [
        ("smal", "; did you mean 'small'?"),
        ("configs/runs/smal.yaml", "; did you mean 'small.yaml'?"),
        ("smal.yaml", "expected the path of an existing file"),
        ("configs/runs", "expected a name, or a path that ends in .yaml"),
        ("", "expected the name of a run"),
        ("x\0.yaml", "expected the path of an existing file"),
        ("y" * 5000 + ".yaml", "expected the path of an existing file"),
        ("../../../etc/passwd.yaml", "expected the path of an existing file"),
    ],
)
def test_a_run_that_is_not_there_is_said_without_a_traceback(tree: Path, source: str, near: str):
    (issue,) = issues(tree, source)

    assert near in issue


def test_the_problems_of_all_files_are_told_at_once(tree: Path):
    write(tree / "configs/models/reader.yaml", MODEL + "moc: 1\n")
    write(tree / "configs/tasks/pages.yaml", TASK + "seed: 1\n")

    assert 2 == len(issues(tree))


def test_two_models_cannot_have_one_name(tree: Path):
    write(tree / "configs/runs/small.yaml", "models: [reader, ./reader.yaml]\ntasks: [pages]\n")
    write(tree / "configs/runs/reader.yaml", MODEL)

    (issue,) = issues(tree)

    assert issue.startswith("models: got two files with the name 'reader'")


def test_two_envspecs_cannot_have_one_name(tree: Path, tmp_path: Path):
    far = write(tmp_path / "other/configs/models/far.yaml", MODEL)
    write(tmp_path / "other/envspecs/light/envspec.yaml", ENVSPEC)
    write(tree / "configs/runs/small.yaml", f"models: [reader, {far}]\ntasks: [pages]\n")

    (issue,) = issues(tree)

    assert "but another model of this run means" in issue


def test_a_model_finds_the_env_of_its_own_tree_from_anywhere(tree: Path, tmp_path: Path):
    elsewhere = tmp_path / "elsewhere"
    write(elsewhere / "envspecs/light/envspec.yaml", ENVSPEC)
    path = str(tree / "configs/models/reader.yaml")
    write(tree / "configs/runs/small.yaml", f"models: [{path}]\ntasks: [pages]\n")

    model, spec = load_model_and_env(path, cwd=elsewhere)
    run = load_run(str(tree / "configs/runs/small.yaml"), cwd=elsewhere)

    assert ("reader", "light", str(tree / "envspecs/light")) == (model.name, model.env, spec.folder)
    assert ((model,), {"light": spec}) == (run.models, run.envspecs)


def test_a_model_and_its_env_are_those_of_the_driver_that_is_given(tree: Path):
    variants = "variants: {cpu: {}, cu124: {min_driver: '525.60.13'}}\n"
    write(tree / "envspecs/light/envspec.yaml", ENVSPEC + variants)

    chosen = [load_model_and_env("reader", driver, tree) for driver in ("", "550.1", "400.1")]

    assert ["light@cpu", "light@cu124", "light@cpu"] == [model.env for model, _ in chosen]
    assert ["cpu", "cu124", "cpu"] == [spec.variant for _, spec in chosen]


@pytest.mark.parametrize(
    ("written", "typed", "limit"),
    [
        ("", None, "5%"),
        ("max_errors: 12", None, "12"),
        ("max_errors: 20%", None, "20%"),
        ("max_errors: 20%", ErrorLimit(number=0), "0"),
    ],
)
def test_how_many_failures_are_too_many_is_usual_written_or_typed(
    tree: Path, written: str, typed: ErrorLimit | None, limit: str
):
    write(tree / "configs/runs/small.yaml", f"{RUN}{written}\n")

    found = load_run("small", Overrides(max_errors=typed), cwd=tree)

    assert limit == str(found.max_errors)
