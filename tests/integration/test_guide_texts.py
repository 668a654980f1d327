"""What the guide shows in its blocks of text is what vlmhb says, and what it reads."""

import base64
import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from tests.build import answer, failed, model
from tests.fakes import GIB
from tests.guides import block, not_in
from tests.unit.cli.progress.story import loaded
from tests.unit.datasets.tables import png
from tests.unit.merging.parts import TASK, part, started
from tests.workspace import Workspace
from vlmhb.cli.progress.observed import Observed
from vlmhb.cli.progress.table import Screen, lines
from vlmhb.cli.progress.wording import news
from vlmhb.cli.viewing import FIRST, as_lines
from vlmhb.config import load_task
from vlmhb.datasets.catalog import find
from vlmhb.domain.answer import Outcome
from vlmhb.domain.loaded_weights import LoadedWeights
from vlmhb.domain.sample import Sample
from vlmhb.domain.task import AnswerKind, DatasetRef
from vlmhb.errors import ConfigError, UsageError
from vlmhb.merging import Part, merge
from vlmhb.schedule.gpus.placement import named, shortage
from vlmhb.schedule.progress import Answered, GpuAwaited, WeightsStep
from vlmhb.system.folder_server import FolderServer
from vlmhb.system.gpu_lease import LeaseHolder
from vlmhb.system.gpu_memory import GpuMemory, GpuUser
from vlmhb.system.gpus import Gpu
from vlmhb.system.page_cache import PageCache

A100 = Gpu("GPU-8f6c…", "NVIDIA A100", 80.0)


@pytest.mark.uv
def test_the_list_of_runs_in_command_line_md(workspace: Workspace):
    workspace.vlmhb("run", "run", "--out", "runs/20260101T120000Z_mine_1a2")
    damaged = workspace.path / "runs/20251231T080000Z_mine_0c7"
    shutil.copytree(workspace.path / "runs/20260101T120000Z_mine_1a2", damaged)
    manifest = json.loads((damaged / "run.json").read_text())
    del manifest["models"]
    (damaged / "run.json").write_text(json.dumps(manifest))
    head, _, done, *broken = block("command-line.md", "folder ").splitlines()

    listed = workspace.vlmhb("list", "runs")

    assert [] == not_in(listed.out, "\n".join([head, *broken]))
    assert len(done.split()) == len(listed.out.splitlines()[1].split())


def test_the_progress_in_command_line_md():
    qwen, intern, done = "qwen2.5-vl-7b", "internvl3-2b", "tesseract-psm4"
    run = Observed({qwen: 300, intern: 300}, {done: 300}, 0.0)
    run.see(loaded(qwen, int(17.2 * GIB)), 60.0)
    outcomes: list[Outcome] = [failed(), *[replace(answer(), attempt=2)] * 2, *[answer()] * 117]
    for number, outcome in enumerate(outcomes):
        run.see(Answered(qwen, outcome), 60.0 + number * 0.3)
    for second, fetched in ((94.0, 900_000_000), (96.0, 1_250_000_000)):
        doing = "fetching OpenGVLab/InternVL3-2B"
        run.see(WeightsStep(intern, doing, fetched, 4_180_000_000), second)

    said = "\n".join(line.text for line in lines(run, 96.0, Screen(200, 40)))

    assert [] == not_in(said, block("command-line.md", qwen))


def test_the_problems_of_set_in_command_line_md(workspace: Workspace):
    end = workspace.vlmhb("validate", "run", "--set", "sed=7", "--set", "limit=ten")

    assert 2 == end.code
    assert [] == not_in(end.err, block("command-line.md", "vlmhb: cannot use"))


def test_the_problems_in_configuration_md(workspace: Workspace):
    path = workspace.path / "configs/tasks/my.yaml"
    content = yaml.safe_load((path.parent / "numbers.yaml").read_text())
    content["metrics"] = {"reply": ["anl"]}
    content["dataset"]["annotaton"] = content["dataset"].pop("annotation")
    path.write_text(yaml.safe_dump(content))

    with pytest.raises(ConfigError) as caught:
        load_task("my", workspace.path)

    assert [] == not_in(str(caught.value), block("configuration.md", "configs/tasks/my.yaml:8:3"))


def merged_part(name: str, weights: str, *metrics: str) -> Part:
    """A run of one model with weights of this digest, scored with these metrics."""
    began = started("2026-01-02T03:04:05Z", "qwen2.5-vl-7b")
    loaded_from = LoadedWeights("Org/Name", "c" * 40, weights)
    workers = (replace(began.workers[0], weights=loaded_from),)
    task = replace(TASK.task, name="invoices", metrics={AnswerKind.REPLY: metrics})
    return part(
        name,
        {},
        (model("qwen2.5-vl-7b"),),
        (replace(TASK, task=task),),
        segments=(replace(began, workers=workers),),
    )


def test_the_contradictions_in_merge_md():
    """Compared to the letter, since digests say what differs."""
    parts = (
        merged_part("pod1", "3f1c22d0a9b4" * 5, "anls", "exact_match"),
        merged_part("pod2", "88be01c4f7e2" * 5, "anls"),
    )

    with pytest.raises(UsageError) as caught:
        merge(parts)

    assert block("merge.md", "vlmhb: cannot merge") == f"vlmhb: {caught.value}\n"


@pytest.mark.uv
def test_what_is_missing_in_merge_md(workspace: Workspace):
    for name in ("tesseract-psm3", "tesseract-psm4"):
        workspace.write_model(name, {})
    few = workspace.vlmhb(
        "run", "run", "--models", "tesseract-psm3", "--limit", "2", "--out", "pod1"
    )
    all_of_it = workspace.vlmhb("run", "run", "--models", "tesseract-psm4", "--out", "pod2")
    assert [0, 0] == [few.code, all_of_it.code], few.err + all_of_it.err

    merged = workspace.vlmhb("merge", "pod1", "pod2", "--out", "all")

    assert 3 == merged.code
    assert [] == not_in(merged.out, block("merge.md", "pod1: "))


def read(name: str, annotation: str, root: Path) -> tuple[Sample, ...]:
    dataset = DatasetRef(name, name, str(root), annotation, "none")
    return find(name).read(dataset, PageCache(root / "cache"))


def test_the_annotation_csv_in_datasets_md(tmp_path: Path):
    (tmp_path / "images").mkdir()
    (tmp_path / "images/1.jpg").write_bytes(png(40))
    (tmp_path / "annotation.csv").write_text(block("datasets.md", "data_index;split"))

    (sample,) = read("annotation_csv", "annotation.csv", tmp_path)

    assert ("45 11 123456",) == sample.targets
    assert ("passport", "Серия и номер паспорта") == (sample.doc_class, sample.question_type)


def test_the_table_of_vlmevalkit_in_datasets_md(tmp_path: Path):
    image = base64.b64encode(png(40)).decode()
    table = block("datasets.md", "index\timage").replace("iVBORw0KGgo...", image)
    (tmp_path / "t.tsv").write_text(table)

    first, second = read("vlmeval_tsv", "t.tsv", tmp_path)

    assert (("A",), ("B",)) == (first.targets, second.targets)
    assert (("A", "cat"), ("B", "dog")) == first.choices
    assert {"category": "animals", "split": "val"} == dict(second.metadata)


def test_the_bundle_in_datasets_md(tmp_path: Path):
    files = [line.split(maxsplit=1) for line in block("datasets.md", "classes.json").splitlines()]
    for name, content in files:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if content.startswith("{"):
            path.write_text(content)
        else:
            for image in (path.name, *content.split()):
                (path.parent / image).write_bytes(png(40))

    (bundle,) = read("rpo_classification", "classes.json", tmp_path)
    (order,) = read("rpo_sorting", "classes.json", tmp_path)

    assert ("3,2,3",) == bundle.targets
    assert ("0-3", "passport") == (order.id, order.doc_class)


def test_the_wait_for_a_gpu_in_gpus_md():
    holder = LeaseHolder(4711, "2026-11-21T09:12:40Z")

    said = news(GpuAwaited("qwen2.5-vl-7b", f"{named(A100)} is used by {holder}"))

    assert block("gpus.md", "qwen2.5-vl-7b: waiting") == said + "\n"


def test_the_lack_of_memory_in_gpus_md():
    memory = GpuMemory(int(79.6 * GIB), int(67.3 * GIB))
    users = (GpuUser(4242, "python3", int(66.9 * GIB)),)

    said = shortage(A100, memory, 40, users)

    assert block("gpus.md", "GPU GPU-8f6c").split() == said.split()


def test_the_address_in_view_md(tmp_path: Path):
    report = tmp_path.joinpath(*FIRST)
    report.parent.mkdir()
    report.touch()

    with FolderServer(tmp_path, 0, FIRST) as server:
        said = [line.replace(str(server.port), "8765") for line in as_lines(tmp_path, server)]

    assert block("view.md", "report: ").splitlines() == said
