"""`vlmhb run --documents`: a folder, models, and no YAML at all."""

import csv
import json
import os
import shlex
import shutil
import signal
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest
from PIL import Image

from tests.guides import follow
from tests.pdfs import blank_pdf, drawn_pdf, locked_pdf, scanned_pdf
from tests.workspace import MAIN, Finished, Workspace
from vlmhb.config import read_environ
from vlmhb.store import read_journal

pytestmark = pytest.mark.uv

INVOICE = Path(__file__).parents[2] / "configs/data/quickstart/images/synthetic_ru/inv0.png"


@pytest.fixture
def space(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A user's folder with documents, and a toy that gives the same answer to every prompt."""
    monkeypatch.setenv("VLMHB_DATASETS", str(workspace.path / "cache"))
    monkeypatch.setenv("TMPDIR", str(scratch_of(workspace)))
    scratch_of(workspace).mkdir()
    scanned_pdf(workspace.path / "docs/contracts/a.pdf", pages=3)
    Image.new("RGB", (40, 20), "white").save(workspace.path / "docs/b.png")
    return workspace


def left_of_rendering(space: Workspace) -> list[str]:
    """Processes and folders that no command keeps."""
    scratch = scratch_of(space)
    words = (" ".join(one.info["cmdline"] or ()) for one in psutil.process_iter(["cmdline"]))
    return [word for word in words if str(scratch) in word] + [
        one.name for one in scratch.iterdir()
    ]


def scratch_of(space: Workspace) -> Path:
    return space.path / "scratch"


def run(space: Workspace, *words: str) -> Finished:
    return space.vlmhb("run", "--documents", "docs", "--models", "model", "--out", "out", *words)


def table(space: Workspace, name: str) -> list[dict[str, str]]:
    with (space.path / f"out/derived/{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def results(space: Workspace) -> Any:
    return json.loads((space.path / "out/derived/results.json").read_text())


def made_files(space: Workspace) -> dict[Path, int]:
    cache = space.path / "cache"
    return {file: file.stat().st_mtime_ns for file in cache.rglob("*") if file.is_file()}


def test_a_folder_without_truth_is_answered_and_reported(space: Workspace):
    end = run(space)

    assert 0 == end.code, end.err
    rows = table(space, "answers")
    assert ["b.png#1", *(f"contracts/a.pdf#{n}" for n in (1, 2, 3))] == [
        row["sample_id"] for row in rows
    ]
    assert all(row["answer"].startswith("toy ") for row in rows)
    assert ["", *["contracts"] * 3] == [row["doc_class"] for row in rows]
    provenance = results(space)["provenance"]
    rendered_by = provenance["datasets"]["docs"]["rendered_by"]
    assert [True] == [text.startswith("pypdfium2 ") for text in rendered_by]
    assert rendered_by[0].endswith(", 200 dpi")
    assert (space.path / "out/derived/report.html").is_file()
    assert {("answered", "scored")} == {(r["metric"], r["status"]) for r in table(space, "scores")}


def test_a_folder_with_texts_is_scored(space: Workspace):
    space.write_model("model", {"answers": {"Read all": "Счёт № 5"}})
    (space.path / "docs/b.txt").write_text("Счёт № 5\n", encoding="utf-8")
    (space.path / "docs/contracts/a.txt").write_text("счёт № 5\fСчёт № 6\fx", encoding="utf-8")

    end = run(space, "--max-pages", "2")

    assert 0 == end.code, end.err
    general = {
        row["metric"]: float(row["value"])
        for row in table(space, "metrics")
        if row["grouping"] == "general"
    }
    assert {"cer_ci", "cer", "wer_ci", "wer"} == set(general)
    assert pytest.approx(1 / 24) == general["cer_ci"]
    assert pytest.approx(2 / 24) == general["cer"]
    assert "note: only the first pages are shown, 1 are left out of contracts/a.pdf" in end.err


def test_a_folder_with_json_is_asked_for_its_structure_and_scored(space: Workspace):
    answer = '```json\n{"number": "12", "total": "7,50"}\n```'
    space.write_model("model", {"answers": {'{"number": "", "total": 0}': answer}})
    shutil.rmtree(space.path / "docs/contracts")
    (space.path / "docs/b.json").write_text('{"number": "12", "total": 8}')

    end = run(space)

    assert 0 == end.code, end.err
    general = {
        row["metric"]: float(row["value"])
        for row in table(space, "metrics")
        if row["grouping"] == "general"
    }
    assert pytest.approx(0.5) == general["kie_f1"]
    assert 1.0 == general["json_valid"]


def test_the_prompt_is_sent_as_it_is_and_wins_over_the_model_s_own(space: Workspace):
    space.write_model("model", {"answers": {"{{ x }} {question}": "seen"}})

    end = run(space, "--prompt", "{{ x }} {question}", "--limit", "1", "--max-new-tokens", "9")

    assert 0 == end.code, end.err
    assert {"seen"} == {row["answer"] for row in table(space, "answers")}


def test_a_task_of_a_run_file_may_be_a_folder_of_documents(space: Workspace):
    dataset = {
        "name": "contracts",
        "format": "documents",
        "root": "../../docs",
        "annotation": ".",
        "licence": "ours",
        "options": {"max_pages": 1, "pages": "together", "expected": "none"},
    }
    space.write_yaml(
        "configs/tasks/contracts.yaml",
        {
            "version": "1",
            "dataset": dataset,
            "prompt": "Who signed on page {{ n_pages }}?",
            "metrics": {"reply": ["cer"]},
        },
    )

    end = space.vlmhb("run", "run", "--tasks", "contracts", "--out", "out")

    assert 0 == end.code, end.err
    assert ["b.png", "contracts/a.pdf"] == [row["sample_id"] for row in table(space, "answers")]


def test_all_pages_together_are_one_question(space: Workspace):
    end = run(space, "--pages", "together")

    assert 0 == end.code, end.err
    assert ["b.png", "contracts/a.pdf"] == [row["sample_id"] for row in table(space, "answers")]


def test_what_cannot_be_read_fails_alone(space: Workspace):
    locked_pdf(space.path / "docs/locked.pdf")
    drawn_pdf(space.path / "docs/bomb.pdf", bytes(1 << 29) + b"0 0 m 200 200 l S\n" * 9_000_000)
    blank_pdf(space.path / "docs/huge.pdf", [(14400, 14400)])

    end = run(space)

    assert 3 == end.code, end.err
    status = {row["sample_id"]: row["status"] for row in table(space, "answers")}
    failed = {name for name, outcome in status.items() if outcome != "ok"}
    assert {"locked.pdf#1", "bomb.pdf#1", "huge.pdf#1"} == failed
    for name, reason in (
        ("bomb.pdf", ""),
        ("huge.pdf", "40000 x 40000 pixels at 200 dpi"),
        ("locked.pdf", "encrypted: it opens with a password only"),
    ):
        assert f"note: fails, because it cannot be shown: {name}: {reason}" in end.err
    assert [] == left_of_rendering(space)


def test_the_same_command_again_renders_nothing_and_asks_nothing(space: Workspace):
    words = ("run", "--documents", "docs", "--models", "model", "--dpi", "100")
    first = space.vlmhb(*words)
    before = made_files(space)

    again = space.vlmhb(*words)

    assert (0, 0) == (first.code, again.code), first.err + again.err
    assert "nothing left to ask" in again.err
    assert before == made_files(space)
    assert 1 == len(list((space.path / "runs").iterdir()))


def test_another_dpi_is_another_run(space: Workspace):
    run(space)

    end = run(space, "--dpi", "100")

    assert 2 == end.code
    assert "tasks.docs.dataset" in end.err


def test_a_run_that_was_stopped_tells_the_command_that_goes_on(space: Workspace):
    space.write_model("model", {"delay_s": 0.3})
    words = ("--max-pages", "2", "--prompt", "What's this?", "--device", "cpu", "--pages", "each")
    host = space.start("run", "--documents", "docs", "--models", "model", "--out", "out", *words)
    while not (
        (space.path / "out/answers.jsonl").is_file()
        and read_journal(space.path / "out/answers.jsonl").outcomes
    ):
        assert host.poll() is None

    host.send_signal(signal.SIGTERM)
    _, err = host.communicate(timeout=60)

    hint = next(line for line in err.splitlines() if "to go on: " in line)
    rest = space.vlmhb(*shlex.split(hint.partition("to go on: vlmhb ")[2]))
    assert (143, 0) == (host.returncode, rest.code), err + rest.err
    assert 3 == len(read_journal(space.path / "out/answers.jsonl").outcomes)


def test_a_plan_shows_what_would_be_asked_and_left_out(space: Workspace):
    (space.path / "docs/letter.docx").write_bytes(b"")

    plan = space.vlmhb(
        "plan", "--documents", "docs", "--models", "model", "--max-pages", "1", "--json"
    )

    assert 0 == plan.code, plan.err
    assert [("docs", 2)] == [(task["task"], task["samples"]) for task in plan.json["tasks"]]
    assert [2] == [model["requests"] for model in plan.json["models"]]
    assert [
        "not read, because they are no documents: letter.docx",
        "only the first pages are shown, 2 are left out of contracts/a.pdf",
    ] == plan.json["notes"]
    assert not (space.path / "runs").exists()


def on_a_terminal(space: Workspace, *words: str) -> str:
    """What `vlmhb words...` shows there."""
    terminal, program = os.openpty()
    environment = space.environment(TERM="xterm", COLUMNS="100")
    shown = b""
    with subprocess.Popen(
        [*MAIN, *words], cwd=space.path, env=environment, stdout=program, stderr=program
    ):
        os.close(program)
        with suppress(OSError):  # how a terminal ends
            while more := os.read(terminal, 4096):
                shown += more
        os.close(terminal)
    return shown.decode()


@pytest.mark.parametrize("command", ["plan", "run"])
def test_on_a_terminal_a_bar_shows_how_many_pages_are_rendered(space: Workspace, command: str):
    words = (command, "--documents", "docs", "--models", "model")

    shown = on_a_terminal(space, *words)
    quiet = on_a_terminal(space, *words, "--ui", "none", "--dpi", "99")

    before, _, after = shown.partition("folder: ")
    assert "rendering docs" in before
    assert "of 3 pages" in before
    assert "rendering docs" not in after
    assert "rendering" not in quiet


def test_a_run_that_is_stopped_while_it_renders_goes_on_where_it_was(space: Workspace):
    scanned_pdf(space.path / "docs/contracts/a.pdf", pages=300)
    words = ("run", "--documents", "docs", "--models", "model", "--out", "out")
    host = space.start(*words)
    while not list((space.path / "cache").glob("pages/notes/*/*.json")):
        assert host.poll() is None

    host.send_signal(signal.SIGTERM)
    _, err = host.communicate(timeout=60)
    kept = made_files(space)
    end = space.vlmhb(*words)

    assert (143, 0) == (host.returncode, end.code), err + end.err
    assert "Traceback" not in err
    assert [] == left_of_rendering(space)
    after = made_files(space)
    pages = {file for file in kept if file.suffix == ".png"}
    assert 19 <= len(pages) < 71
    assert {file: kept[file] for file in pages} == {file: after[file] for file in pages}
    assert 301 == len(table(space, "answers"))


def test_two_runs_at_once_share_the_pages_they_render(space: Workspace):
    for name in "bcdef":
        scanned_pdf(space.path / f"docs/{name}.pdf", pages=9)
    words = ("run", "--documents", "docs", "--models", "model", "--out")

    hosts = [space.start(*words, name) for name in ("one", "two")]
    ended = [host.communicate(timeout=300)[1] for host in hosts]

    assert [0, 0] == [host.returncode for host in hosts], ended
    answers = [(space.path / f"{name}/derived/answers.csv") for name in ("one", "two")]
    assert 1 == len({file.read_text() for file in answers})
    assert not list((space.path / "cache").rglob("*.partial"))


def test_a_disk_that_is_full_of_pages_starts_nothing(space: Workspace):
    """As a device that takes nothing: the cache is where no folder can be."""
    (space.path / "cache").symlink_to("/dev/full")

    end = run(space)

    assert 4 == end.code
    assert "Traceback" not in end.err
    assert "set VLMHB_DATASETS to another folder" in end.err
    assert not (space.path / "out/answers.jsonl").exists()


def test_cuda_without_a_gpu_cannot_run(space: Workspace):
    end = space.vlmhb(
        "run",
        "--documents",
        "docs",
        "--models",
        "model",
        "--device",
        "cuda",
        CUDA_VISIBLE_DEVICES="",
    )

    assert 4 == end.code
    assert "no NVIDIA GPU" in end.err


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("run",), "missing RUN"),
        (("plan",), "missing RUN"),
        (("run", "run", "--documents", "docs", "--models", "model"), "takes the place of RUN"),
        (("run", "--documents", "docs"), "needs --models"),
        (("run", "--documents", "docs", "--models", "model", "--tasks", "numbers"), "--tasks"),
        (("run", "run", "--max-pages", "3"), "--max-pages goes with --documents only"),
        (("run", "--documents", "no-such", "--models", "model"), "no-such"),
        (("run", "--documents", "docs", "--models", "modell"), "did you mean 'model'?"),
    ],
)
def test_options_that_do_not_go_together_start_nothing(
    space: Workspace, words: tuple[str, ...], complaint: str
):
    end = space.vlmhb(*words)

    assert 2 == end.code
    assert complaint in end.err
    assert not (space.path / "runs").exists()


def test_the_guide(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """With an invoice as a picture and as a PDF, and the engine the page names."""
    monkeypatch.setenv("VLMHB_DATASETS", str(tmp_path / "cache"))
    folder = tmp_path / "documents"
    folder.mkdir()
    shutil.copyfile(INVOICE, folder / "invoice.png")
    with Image.open(INVOICE) as invoice:
        invoice.convert("L").save(folder / "scan.pdf", resolution=200)
    environment = Workspace(tmp_path, read_environ().envs).environment()

    steps = follow("documents.md", tmp_path, environment)

    assert [0] * len(steps) == [step.returncode for step in steps], [s.stderr for s in steps]
    assert "2 samples" in steps[0].stdout
    (metrics,) = tmp_path.glob("runs/*/derived/metrics.csv")
    assert "cer_ci" in metrics.read_text()
