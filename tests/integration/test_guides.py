"""The guide, followed literally: its commands work as they stand."""

import json
import shutil
from pathlib import Path

import openpyxl
import pytest
import yaml
from PIL import Image

from tests.checkpoint_builds import Checkpoints
from tests.guides import commands, follow
from tests.hub_server import running_hub
from tests.vhb_project import VhbProject, user_row
from tests.workspace import Workspace
from vlmhb.config import read_environ

pytestmark = pytest.mark.uv

NAMED = {"NAME...": "smolvlm-256m", "NAME ": "smolvlm-256m "}
PAGE = Path(__file__).parents[2] / "configs/data/quickstart/images/synthetic_ru/inv0.png"


def test_code_of_your_own(tmp_path: Path, shared_envs: Path):
    shutil.copyfile(PAGE, tmp_path / "page.png")

    steps = follow("wrappers.md", tmp_path, Workspace(tmp_path, shared_envs).environment())

    assert [0] * 4 == [step.returncode for step in steps], [step.stderr for step in steps]
    assert "What do you see? I see page.png.\n" == steps[0].stdout
    assert "WHAT DO YOU SEE?\n" == steps[3].stdout


def test_add_a_model_in_ten_minutes(tmp_path: Path, checkpoints: Checkpoints):
    """With real names and commands, and a checkpoint of 1 MB where the hub has a larger one."""
    shutil.copyfile(PAGE, tmp_path / "page.png")
    folder = checkpoints.folder("smolvlm", "transformers-5@cpu")
    files = {file.name: file.read_bytes() for file in folder.iterdir()}
    environment = Workspace(tmp_path, read_environ().envs).environment()
    with running_hub() as hub:
        commit = hub.put("HuggingFaceTB/SmolVLM-256M-Instruct", files)
        places = {"HF_ENDPOINT": hub.url, "HF_HOME": str(tmp_path / "hf")}

        steps = follow("add-a-model.md", tmp_path, {**environment, **places})
        (managed,) = follow("models.md", tmp_path, {**environment, **places}, NAMED)

    assert [0] * 3 == [step.returncode for step in steps], [step.stderr for step in steps]
    model_file = (tmp_path / "configs/models/smolvlm-256m.yaml").read_text()
    assert f"revision: {commit}" in model_file
    assert steps[1].stdout.strip()
    assert 0 == managed.returncode, managed.stderr
    assert commit in managed.stdout
    assert "tokens       prompt" in steps[1].stderr
    (run,) = (tmp_path / "runs").iterdir()
    manifest = json.loads((run / "run.json").read_text())
    weights = {worker["model"]: worker["weights"] for worker in manifest["segments"][0]["workers"]}
    assert commit == weights["smolvlm-256m"]["commit"]
    assert {"smolvlm-256m", "tesseract-psm4"} == set(weights)
    assert (run / "derived/report.html").is_file()


def test_add_a_task(tmp_path: Path, shared_envs: Path):
    shutil.copyfile(PAGE, tmp_path / "page.png")

    steps = follow("add-a-task.md", tmp_path, Workspace(tmp_path, shared_envs).environment())

    assert [0] * 3 == [step.returncode for step in steps], [step.stderr for step in steps]
    assert 2 == len(list(tmp_path.glob("runs/*/derived/answers.csv")))
    assert "by_doc_question" in (tmp_path / "runs/whole/derived/metrics.csv").read_text()


def test_the_quickstart_on_a_laptop_and_where_a_pod_keeps_things(tmp_path: Path):
    (tmp_path / "documents").mkdir()
    with Image.open(PAGE) as page:
        page.convert("L").crop((0, 0, 800, 300)).save(tmp_path / "documents/scan.pdf")
    environment = Workspace(tmp_path, read_environ().envs).environment(HOME=str(tmp_path))

    laptop, pod = follow(
        "quickstart.md", tmp_path, environment, {"/workspace": str(tmp_path / "volume")}
    )

    assert 0 == laptop.returncode, laptop.stderr
    assert list(tmp_path.glob("runs/*_documents_*/derived/report.html"))
    assert pod.returncode in {0, 4}, pod.stderr
    assert f"folder runs: {tmp_path}/volume/runs" in pod.stdout


def test_the_commands_of_readme_are_those_of_the_quickstart_in_every_language():
    typed = {name: commands(name) for name in ("README.md", "README.ru.md", "README.ko.md")}

    (once,) = {tuple(blocks) for blocks in typed.values()}

    known = "".join(commands("quickstart.md")).splitlines()
    assert {"vlmhb init documents", "vlmhb run documents"} == set("".join(once).splitlines())
    assert set("".join(once).splitlines()) <= set(known)


def test_where_runpod_keeps_things_is_what_the_quickstart_says():
    (typed,) = commands("runpod.md")

    assert typed in commands("quickstart.md")[1]


def test_envs(tmp_path: Path):
    for name in ("mine", "other"):
        (tmp_path / "envspecs" / name).mkdir(parents=True)
    own = {"python": ">=3.10", "requirements": [], "imports": ["msgpack"]}
    space = Workspace(tmp_path, tmp_path / "envs")
    space.write_yaml("envspecs/mine/envspec.yaml", {**own, "variants": {"cpu": {}}})
    space.write_yaml("envspecs/other/envspec.yaml", own)
    other = space.vlmhb("env", "lock", "other")
    assert 0 == other.code, other.err

    (step,) = follow("envs.md", tmp_path, space.environment())

    assert 0 == step.returncode, step.stderr
    assert (tmp_path / "b.tar").is_file()


def test_results_are_reported_marked_and_scored_again(workspace: Workspace):
    """One run, under the names that two pages call it by."""
    for name in ("qwen2.5-vl-3b", "our-judge"):
        workspace.write_model(name, {})
    first = "runs/20261121T090000Z_quickstart_1a2b3c4d"
    run_file = {"models": ["qwen2.5-vl-3b"], "tasks": ["numbers"]}
    workspace.write_yaml("configs/runs/quickstart.yaml", run_file)
    asked = workspace.vlmhb("run", "quickstart", "--out", first)
    assert 0 == asked.code, asked.err
    shutil.copytree(workspace.path / first, workspace.path / "runs/invoices")

    scored = follow("judge.md", workspace.path, workspace.environment())
    marked = follow("outputs.md", workspace.path, workspace.environment())
    packed = follow("report.md", workspace.path, workspace.environment())

    steps = [*scored, *marked, *packed]
    assert [0] * 5 == [step.returncode for step in steps], [step.stderr for step in steps]
    assert list((workspace.path / "runs/invoices/derived/documents/qwen2.5-vl-3b").iterdir())
    assert "best on totals" in (workspace.path / "runs/invoices/derived/results.md").read_text()


def test_answers_from_other_tools_and_for_them(workspace: Workspace):
    for task, name in (("docvqa-val", "DocVQA_VAL"), ("passports", "passports")):
        content = yaml.safe_load((workspace.path / "configs/tasks/numbers.yaml").read_text())
        content["dataset"]["name"] = name
        workspace.write_yaml(f"configs/tasks/{task}.yaml", content)
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in (("index", "prediction"), *((number, str(number)) for number in range(6))):
        book.active.append(row)
    book.save(workspace.path / "qwen_DocVQA_VAL.xlsx")
    lines = [json.dumps({"id": number, "answer": "0"}) for number in range(6)]
    (workspace.path / "b.jsonl").write_text("\n".join(lines))
    rows = ["id,answer", *(f"{number},{number}" for number in range(6))]
    (workspace.path / "a.csv").write_text("\n".join(rows))

    steps = follow("exchange.md", workspace.path, workspace.environment())

    assert {0} == {step.returncode for step in steps}, [step.stderr for step in steps]
    for pattern in (
        "outputs/compared/*.xlsx",
        "ModelsAnswers/*_answers_*.csv",
        "hub/*/.eval_results/passports.yaml",
        "eee/data/passports/*/*/*.json",
    ):
        assert list(workspace.path.glob(pattern)), pattern


def test_moving_from_vlmhyperbench(workspace: Workspace):
    project = VhbProject.create(workspace.path)
    workspace.write_model("toy-1b", {})
    project.write_rows(user_row(), name="user_config_model_eval.csv")

    (step,) = follow("vlmhyperbench.md", workspace.path, workspace.environment())

    assert 0 == step.returncode, step.stderr
    assert list(project.answers.glob("demo_Hugging_Face_Toy-1B_VQA_answers_*.csv"))


def test_several_workers_and_several_runs(workspace: Workspace):
    for name in ("tesseract-psm3", "tesseract-psm4"):
        workspace.write_model(name, {"answers": {"page1": name}})
    run_file = {"models": ["tesseract-psm3", "tesseract-psm4"], "tasks": ["numbers"]}
    workspace.write_yaml("configs/runs/quickstart.yaml", run_file)

    whole, parts = follow("scaling.md", workspace.path, workspace.environment())

    assert 0 == whole.returncode, whole.stderr
    assert 0 == parts.returncode, parts.stderr
    assert "numbers: 6 samples in both" in parts.stdout


def test_runs_become_one(workspace: Workspace):
    annotation = workspace.path / "data/annotation.csv"
    head, *rows = annotation.read_text().splitlines()
    classes = ["invoice", "payment_invoice", "statement"] * 2
    of_classes = [row.replace(";form;", f";{one};") for row, one in zip(rows, classes, strict=True)]
    annotation.write_text("\n".join([head, *of_classes]))
    for name in ("tesseract-psm3", "tesseract-psm4"):
        workspace.write_model(name, {"answers": {"page1": name}})
    run_file = {"models": ["tesseract-psm3", "tesseract-psm4"], "tasks": ["numbers"]}
    workspace.write_yaml("configs/runs/quickstart.yaml", run_file)

    steps = follow("merge.md", workspace.path, workspace.environment())

    assert [0, 0] == [step.returncode for step in steps], [step.stderr for step in steps]
    assert "pod2: tesseract-psm4 on numbers, 6 answers" in steps[0].stdout
    assert "part2: tesseract-psm3 on numbers, 4 answers" in steps[1].stdout
    assert (workspace.path / "runs/both/derived/report.html").is_file()


def test_values_in_place_of_those_of_a_run_file(workspace: Workspace):
    annotation = workspace.path / "data/annotation.csv"
    head, *rows = annotation.read_text().splitlines()
    languages = ["ru", "en", "ko"] * 2
    in_languages = [f"{row};{each}" for row, each in zip(rows, languages, strict=True)]
    annotation.write_text("\n".join([f"{head};language", *in_languages]))
    run_file = {"models": ["model"], "tasks": ["numbers"]}
    workspace.write_yaml("configs/runs/quickstart.yaml", run_file)

    (step,) = follow("command-line.md", workspace.path, workspace.environment())

    assert 0 == step.returncode, step.stderr
    assert "left out: numbers: 2 by the filters" in step.stdout
