"""`vlmhb run` as a user meets it: real envs, real workers, real files."""

import csv
import json
import os
import shlex
import shutil
import signal
import subprocess
import time
from pathlib import Path

import psutil
import pytest
from uv import find_uv_bin

from tests.onlooker import Onlooker
from tests.stopping import LONGEST_STOP_S
from tests.workspace import MAIN, Finished, Workspace, derived_files
from vlmhb.domain.answer import Answer, FailedAnswer
from vlmhb.schedule import machine
from vlmhb.store import read_journal

pytestmark = pytest.mark.uv


def run(space: Workspace, *words: str) -> Finished:
    return space.vlmhb("run", "run", "--out", "out", *words)


def outcomes(space: Workspace) -> list[Answer | FailedAnswer]:
    return list(read_journal(space.path / "out/answers.jsonl").outcomes.values())


def reasons(space: Workspace) -> list[str]:
    return [o.reason.value for o in outcomes(space) if isinstance(o, FailedAnswer)]


def answers_csv(space: Workspace) -> list[dict[str, str]]:
    with (space.path / "out/derived/answers.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_run_leaves_every_document_and_its_provenance(workspace: Workspace):
    end = run(workspace)

    assert 0 == end.code, end.err
    assert {
        "answers.csv",
        "scores.csv",
        "metrics.csv",
        "pivot.csv",
        "results.json",
        "results.md",
        "results.xlsx",
        "report.html",
        "manifest.json",
    } <= derived_files(workspace.path / "out").keys()
    manifest = json.loads((workspace.path / "out/run.json").read_text())
    assert ["numbers"] == list(manifest["datasets"])
    (segment,) = manifest["segments"]
    (worker,) = segment["workers"]
    assert {"model": "toy", "seed": "0"} == worker["facts"]
    assert "toy" == manifest["envs"][worker["env"]]["name"]
    assert (6, 0) == (segment["answers"], segment["sandbox_level"])
    commit_digits = 40 if (Path(__file__).parents[2] / ".git").exists() else 0
    assert commit_digits == len(segment["source_commit"].removesuffix("-dirty"))


def test_the_same_command_again_does_no_work_and_changes_no_byte(workspace: Workspace):
    workspace.vlmhb("run", "run")
    (folder,) = (workspace.path / "runs").iterdir()
    before = derived_files(folder), (folder / "run.json").read_bytes()

    again = workspace.vlmhb("run", "run")

    assert 0 == again.code
    assert "nothing left to ask" in again.err
    assert [folder] == list((workspace.path / "runs").iterdir())
    assert before == (derived_files(folder), (folder / "run.json").read_bytes())


def test_score_and_report_make_the_same_bytes_from_the_journal_alone(workspace: Workspace):
    """The dataset is gone, too: a run folder carried to a laptop is enough."""
    run(workspace)
    folder = workspace.path / "out"
    before = derived_files(folder)
    for file in (folder / "derived").rglob("*"):
        if file.is_file():
            file.unlink()
    for image in (workspace.path / "data/images").iterdir():
        image.unlink()

    scored = workspace.vlmhb("score", "out")
    tables = derived_files(folder)
    reported = workspace.vlmhb("report", "out")

    assert (0, 0) == (scored.code, reported.code)
    assert tables == {name: before[name] for name in tables}
    made = {"answers.csv", "scores.csv", "metrics.csv", "pivot.csv", "results.json"}
    assert made == tables.keys()
    assert before == derived_files(folder)


def test_a_sample_that_crashes_its_worker_fails_and_the_rest_is_answered(workspace: Workspace):
    workspace.write_model("model", {"faults": {"page3.png": "segv"}, "batch_size": 3})

    end = run(workspace)

    assert 3 == end.code
    assert ["worker_died"] == reasons(workspace)
    assert (
        "SIGSEGV"
        in next(o for o in outcomes(workspace) if isinstance(o, FailedAnswer)).error.message
    )
    assert 5 == sum(isinstance(o, Answer) for o in outcomes(workspace))
    assert "5/6" in end.out


def test_a_sample_that_hangs_times_out_and_leaves_its_stack_in_the_log(workspace: Workspace):
    workspace.write_model("model", {"faults": {"page2.png": "hang_gil"}}, answer_timeout_s=1.0)

    end = run(workspace)

    assert 3 == end.code
    assert ["timeout"] == reasons(workspace)
    assert 5 == sum(isinstance(o, Answer) for o in outcomes(workspace))
    assert "toy_faults.py" in (workspace.path / "out/logs/model.log").read_text()


def test_prints_of_all_kinds_disturb_no_answer(workspace: Workspace):
    calm = workspace.vlmhb("run", "run", "--out", "calm")
    names = ("print", "c_print", "raw_print", "child_print", "flood_stderr", "fork_daemon")
    faults = {f"page{number}.png": name for number, name in enumerate(names)}
    workspace.write_model("model", {"faults": faults})

    noisy = run(workspace)

    assert (0, 0) == (calm.code, noisy.code)
    assert [o.text for o in outcomes(workspace) if isinstance(o, Answer)] == [
        o.text
        for o in read_journal(workspace.path / "calm/answers.jsonl").outcomes.values()
        if isinstance(o, Answer)
    ]


def test_a_model_that_cannot_load_is_reported_and_the_others_go_on(workspace: Workspace):
    workspace.write_model("broken", {"load_fault": "raise"})

    end = run(workspace, "--models", "broken,model")

    assert 3 == end.code
    assert 6 == len(outcomes(workspace))
    assert "broken was not evaluated:\n    cannot load the model: " in end.out


def test_a_model_whose_files_are_missing_is_reported_with_the_command_to_run(workspace: Workspace):
    need = {
        "path": "/nonexistent/rus.traineddata",
        "install": "apt-get install -y tesseract-ocr-rus",
    }
    workspace.write_model("needy", {}, files=[need])

    end = run(workspace, "--models", "needy,model")

    assert 3 == end.code
    assert "apt-get install -y tesseract-ocr-rus" in end.out
    assert 6 == len(outcomes(workspace))


def test_a_worker_and_all_its_children_die_with_a_killed_host(workspace: Workspace, tmp_path: Path):
    """A pipe that guard, worker, child and daemon hold open tells when the last of them is gone."""
    pipe = tmp_path / "held"
    os.mkfifo(pipe)
    workspace.write_model(
        "model",
        {
            "hold": str(pipe),
            "faults": {"page0.png": "fork_daemon", "page1.png": "fork_child", "page2.png": "hang"},
        },
    )
    host = workspace.start("run", "run", "--out", "out")
    reader = os.open(pipe, os.O_RDONLY)
    wait_for_answers(workspace, 2)

    os.kill(host.pid, signal.SIGKILL)
    killed_at = time.monotonic()
    host.communicate()

    assert b"" == os.read(reader, 1)
    assert time.monotonic() - killed_at < 2
    os.close(reader)


def wait_for_answers(space: Workspace, count: int) -> None:
    """Return once the journal holds `count` outcomes."""
    deadline = time.monotonic() + 60
    while len(read_journal(space.path / "out/answers.jsonl").outcomes) < count:
        assert time.monotonic() < deadline, "the answers did not come"
        os.sched_yield()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_one_signal_ends_a_run_that_can_be_continued(
    workspace: Workspace, number: signal.Signals, code: int, onlooker: Onlooker
):
    workspace.write_model("model", {"delay_s": 0.2})
    words = ("--models", "model", "--limit", "100", "--max-workers", "2")
    host = workspace.start("run", "run", "--out", "out", *words)
    wait_for_answers(workspace, 1)

    began_s = time.monotonic()
    host.send_signal(number)
    _, err = host.communicate(timeout=60)
    seconds = onlooker.seconds_since(began_s)
    answered = len(outcomes(workspace))
    workers = [
        p for p in psutil.process_iter(["cmdline"]) if str(host.pid) in (p.info["cmdline"] or [])
    ]
    hint = next(line for line in err.splitlines() if "to go on: " in line)
    rest = workspace.vlmhb(*shlex.split(hint.partition("to go on: vlmhb ")[2]))

    assert seconds <= LONGEST_STOP_S
    assert code == host.returncode
    assert "Traceback" not in err
    assert 1 <= answered < 6
    assert [] == workers
    assert 0 == rest.code, rest.err
    assert 6 == len(outcomes(workspace))


def test_a_signal_ends_a_run_whose_worker_hangs_within_ten_seconds(
    workspace: Workspace, onlooker: Onlooker
):
    workspace.write_model("model", {"faults": {"page2.png": "hang_deaf"}})
    host = workspace.start("run", "run", "--out", "out")
    wait_for_answers(workspace, 2)

    began_s = time.monotonic()
    host.send_signal(signal.SIGTERM)
    host.communicate(timeout=60)

    assert onlooker.seconds_since(began_s) <= LONGEST_STOP_S
    assert 143 == host.returncode
    assert 2 == len(outcomes(workspace))


def test_a_second_signal_does_not_wait_for_the_answer_on_its_way(
    workspace: Workspace, onlooker: Onlooker
):
    """The first one would grant the hanging worker five seconds."""
    workspace.write_model("model", {"faults": {"page2.png": "hang"}})
    host = workspace.start("run", "run", "--out", "out")
    wait_for_answers(workspace, 2)

    began_s = time.monotonic()
    host.send_signal(signal.SIGINT)
    host.send_signal(signal.SIGTERM)
    host.communicate(timeout=60)

    assert host.returncode in {130, 143}
    assert onlooker.seconds_since(began_s) < machine.DRAIN_GRACE_S


def test_a_run_under_nohup_outlives_its_terminal(workspace: Workspace):
    workspace.write_model("model", {"delay_s": 0.1})
    host = subprocess.Popen(
        ["nohup", *MAIN, "run", "run", "--out", "out"],
        cwd=workspace.path,
        env=workspace.environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    wait_for_answers(workspace, 1)

    host.send_signal(signal.SIGHUP)

    assert 0 == host.wait(timeout=60)
    assert 6 == len(outcomes(workspace))


def test_a_signal_while_an_env_is_built_leaves_nothing_of_the_build(
    workspace: Workspace, tmp_path: Path, onlooker: Onlooker
):
    envs = tmp_path / "envs"
    envs.mkdir()
    host = workspace.start("run", "run", "--out", "out", VLMHB_ENVS=str(envs))
    deadline = time.monotonic() + 60
    while not list(envs.glob(".staging-*")):
        assert host.poll() is None
        assert time.monotonic() < deadline, "no build began"
        os.sched_yield()

    began_s = time.monotonic()
    host.send_signal(signal.SIGTERM)
    _, err = host.communicate(timeout=60)

    assert onlooker.seconds_since(began_s) <= LONGEST_STOP_S
    assert 143 == host.returncode
    assert "Traceback" not in err
    assert [] == list(envs.glob(".staging-*"))


def test_models_answer_at_the_same_time_when_workers_allow(workspace: Workspace):
    """The first model never answers; with one worker the second would wait for ever."""
    workspace.write_model("slow", {"faults": {"page0.png": "hang"}}, answer_timeout_s=3600)
    host = workspace.start("run", "run", "--out", "out", "-m", "slow,model", "--max-workers", "2")

    wait_for_answers(workspace, 6)

    host.kill()
    host.communicate()
    assert 6 == len(outcomes(workspace))


def test_a_model_that_loads_too_slowly_is_given_up(workspace: Workspace):
    workspace.write_model("slow", {"load_fault": "hang"}, load_timeout_s=0.5)

    end = run(workspace, "--models", "slow")

    assert 4 == end.code
    assert "load made no progress for 0.5 s; its stacks: logs/slow.log" in end.out


def test_a_model_that_was_unavailable_is_asked_when_it_is_available(workspace: Workspace):
    need = workspace.path / "data/language-file"
    files = [{"path": str(need), "install": "make language-file"}]
    workspace.write_model("model", {}, files=files)
    before = run(workspace)
    need.write_text("")

    after = run(workspace)

    assert (4, 0) == (before.code, after.code)
    assert 6 == len(outcomes(workspace))
    assert "was not evaluated" not in after.out


def test_new_starts_another_run_of_the_same_questions(workspace: Workspace):
    workspace.vlmhb("run", "run")

    workspace.vlmhb("run", "run", "--new")
    refused = workspace.vlmhb("run", "run", "--new", "--out", "out")

    assert 2 == len(list((workspace.path / "runs").iterdir()))
    assert 2 == refused.code


def test_a_corrected_truth_is_scored_again_and_not_asked_again(workspace: Workspace):
    run(workspace)
    csv_file = workspace.path / "data/annotation.csv"
    csv_file.write_text(csv_file.read_text().replace("Which number?;3;", "Which number?;toy;"))

    again = run(workspace)

    assert 0 == again.code, again.err
    assert "nothing left to ask" in again.err
    assert "toy" in [json.loads(row["targets"])[0] for row in answers_csv(workspace)]


def test_other_env_variables_are_another_run(workspace: Workspace):
    spec = workspace.path / "envspecs/toy"
    shutil.copytree(Path(__file__).parents[2] / "envspecs/toy", spec)
    run(workspace)
    with (spec / "envspec.yaml").open("a") as file:
        file.write('variables: {MODEL_MODE: "other"}\n')

    end = run(workspace)

    assert 2 == end.code
    assert "models.model.env" in end.err


def test_two_runs_in_one_folder_are_refused(workspace: Workspace):
    workspace.write_model("model", {"faults": {"page2.png": "hang"}})
    first = workspace.start("run", "run", "--out", "out")
    wait_for_answers(workspace, 2)

    second = run(workspace)

    first.kill()
    first.communicate()
    assert 2 == second.code
    assert f"pid {first.pid} on " in second.err


def test_continuing_with_another_prompt_is_refused_and_the_change_named(workspace: Workspace):
    run(workspace)
    task = workspace.path / "configs/tasks/numbers.yaml"
    task.write_text(task.read_text().replace("{{ question }}", "{{ question }} Now!"))

    end = run(workspace)

    assert 2 == end.code
    assert "tasks.numbers.prompt" in end.err
    assert "Traceback" not in end.err


def test_an_answer_that_is_a_formula_or_a_script_stays_text(workspace: Workspace):
    texts = ['=HYPERLINK("x")', "</script><script>alert(1)</script>", "\x1b[2J\x00", "\u202eabc"]
    answers = {f"page{number}.png": text for number, text in enumerate(texts)}
    workspace.write_model("model", {"answers": answers})

    end = run(workspace)

    assert 0 == end.code
    spelled_out = [text.replace("\x00", r"\x00") for text in texts]
    assert spelled_out == [row["answer"] for row in answers_csv(workspace)][: len(texts)]
    html = (workspace.path / "out/derived/report.html").read_text()
    assert "<script>alert(1)" not in html
    assert "\x1b" not in end.out


def test_requirements_that_nothing_satisfies_end_in_one_clear_error(workspace: Workspace):
    spec = workspace.path / "envspecs/impossible"
    spec.mkdir(parents=True)
    (spec / "envspec.yaml").write_text(
        'python: ">=3.10"\nrequirements: [vlmhb-no-such-package==1.0]\nimports: [msgpack]\n'
    )
    locked = workspace.vlmhb("env", "lock", "impossible")

    assert 4 == locked.code
    assert "vlmhb-no-such-package" in locked.err
    assert "Traceback" not in locked.err


def test_the_package_works_from_an_installed_wheel_in_an_empty_folder(
    tmp_path: Path, shared_envs: Path
):
    """Nothing of the checkout is on the path: configs, envspecs and worker come with the wheel."""
    root = Path(__file__).parents[2]
    wheels, venv, empty = tmp_path / "wheels", tmp_path / "venv", tmp_path / "empty"
    empty.mkdir()

    def uv(*words: str) -> None:
        subprocess.run([find_uv_bin(), *words], check=True, capture_output=True, cwd=root)

    uv("build", "--quiet", "--wheel", "--no-build-isolation", "--out-dir", str(wheels), ".")
    uv("venv", "--quiet", str(venv))
    uv(
        "pip",
        "sync",
        "--quiet",
        "--python",
        str(venv / "bin/python"),
        "--require-hashes",
        ".ci/dev.lock",
    )
    (wheel,) = wheels.glob("*.whl")
    uv("pip", "install", "--quiet", "--no-deps", "--python", str(venv / "bin/python"), str(wheel))
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(empty), "VLMHB_ENVS": str(shared_envs)}
    words = ["run", "quickstart", "--models", "toy", "--limit", "3", "--json", "--ui", "none"]
    end = subprocess.run(
        [venv / "bin/vlmhb", *words],
        cwd=empty,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert 0 == end.returncode, end.stderr
    results = Path(json.loads(end.stdout)["results"])
    assert empty in results.parents
    assert results.is_file()
