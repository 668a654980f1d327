"""`vlmhb try`: one answer, what it took, and what went wrong."""

import os
import signal
import subprocess
from pathlib import Path

import pytest

from tests.workspace import MAIN, Finished, Workspace
from vlmhb.system.isolation import probe_isolation

pytestmark = pytest.mark.uv

PAGE = "data/images/page1.png"


@pytest.fixture
def user(workspace: Workspace) -> Workspace:
    """With a model `mine` whose code is a function of the test's own."""
    (workspace.path / "code").mkdir()
    workspace.write_yaml(
        "configs/models/mine.yaml",
        {
            "backend": "function",
            "env": "toy",
            "answers": "reply",
            "params": {
                "function": "mine:answer",
                "pages_function": "mine:answer_all",
                "folder": "../../code",
            },
        },
    )
    return workspace


def attempt(user: Workspace, code: str, *words: str) -> Finished:
    several = "\ndef answer_all(paths, prompt):\n    return ' '.join(paths)\n"
    (user.path / "code/mine.py").write_text(code + several, encoding="utf-8")
    return user.vlmhb("try", "mine", *words)


def test_the_answer_is_on_stdout_and_what_it_took_on_stderr(user: Workspace):
    user.write_model("model", {"delay_s": 0.05})

    end = user.vlmhb("try", "model", PAGE, "--prompt", "How much is it?")

    assert (0, 1) == (end.code, len(end.out.splitlines())), end.err
    assert "time         preprocess 0.000 s, generate 0.050 s, total 0.050 s\n" in end.err
    assert "tokens       prompt 4\n" in end.err
    assert "finish       stop\n" in end.err
    assert "fact         model: toy\n" in end.err
    assert "env          toy, python 3." in end.err


def test_json_holds_every_figure(user: Workspace):
    user.write_model("model", {"delay_s": 0.05})

    end = user.vlmhb("try", "model", PAGE, "--prompt", "How much is it?", "--json").json

    assert ("try", None, "stop", []) == (
        end["kind"],
        end["reason"],
        end["finish_reason"],
        end["degraded"],
    )
    assert 0.05 == end["timing"]["total_s"]
    assert 4 == end["usage"]["prompt_tokens"]
    assert {"env", "load", "answer"} == set(end["seconds"])
    assert end["seconds"]["answer"] >= 0.05
    assert end["memory"]["worker_peak_bytes"] > 5_000_000
    assert {"model": "toy", "seed": "0"} == end["facts"]


def test_memory_that_was_given_back_counts(user: Workspace):
    code = "def answer(path, prompt):\n    return str(len(bytearray(300_000_000)))\n"

    end = attempt(user, code, PAGE, "--json").json

    assert "300000000" == end["text"]
    assert end["memory"]["worker_peak_bytes"] > 300_000_000


def test_several_images_are_pages_of_one_question(user: Workspace):
    code = "def answer(path, prompt):\n    raise AssertionError\n"

    end = attempt(user, code, "data/images/page2.png", PAGE)

    assert 0 == end.code, end.err
    assert ["page2.png", "page1.png"] == [Path(path).name for path in end.out.split()]


def test_prompts_and_the_limit_reach_the_model(user: Workspace):
    code = "def answer(path, prompt, max_new_tokens, system_prompt):\n    return repr(locals())\n"
    words = ("--prompt", "How much?", "--system-prompt", "Be brief.", "--max-new-tokens", "7")

    end = attempt(user, code, PAGE, *words)

    for part in ("'prompt': 'How much?'", "'system_prompt': 'Be brief.'", "'max_new_tokens': 7"):
        assert part in end.out


def test_an_engine_that_reads_pages_is_asked_nothing(user: Workspace):
    model = user.path / "configs/models/mine.yaml"
    model.write_text(model.read_text().replace("answers: reply", "answers: page_text"))
    code = "def answer(path, prompt, system_prompt):\n    return repr([prompt, system_prompt])\n"

    end = attempt(user, code, PAGE, "--system-prompt", "Be brief.")

    assert "['', '']\n" == end.out


def test_an_image_can_come_through_a_pipe(user: Workspace):
    attempt(user, "def answer(path, prompt):\n    return open(path, 'rb').read().hex()\n", PAGE)
    content = (user.path / PAGE).read_bytes()

    end = subprocess.run(
        [*MAIN, "try", "mine", "-"],
        input=content,
        cwd=user.path,
        env=user.environment(),
        capture_output=True,
        check=True,
        timeout=60,
    )

    assert content.hex() == end.stdout.decode().strip()


def test_a_file_that_is_no_image_is_refused_before_anything_starts(user: Workspace):
    end = attempt(user, "", PAGE, "code/mine.py")

    assert (2, "") == (end.code, end.out)
    assert "cannot ask about code/mine.py: not an image" in end.err
    assert "vlmhb run --documents FOLDER" in end.err
    assert "loading" not in end.err


def test_a_failure_comes_with_the_last_lines_that_were_printed(user: Workspace):
    code = (
        "def answer(path, prompt):\n"
        "    for number in range(80):\n"
        "        print('line', number)\n"
        "    raise ValueError('no idea')\n"
    )

    end = attempt(user, code, PAGE)

    assert (3, "") == (end.code, end.out)
    assert "no answer: model_error: ValueError: no idea\nThe worker printed:\n" in end.err
    assert "\nline 79\n" in end.err
    assert "\nline 30\n" in end.err
    assert "\nline 29\n" not in end.err


def test_a_failure_as_json_has_its_traceback(user: Workspace):
    code = "def answer(path, prompt):\n    print('hello')\n    raise ValueError('no idea')\n"

    end = attempt(user, code, PAGE, "--json")

    assert 3 == end.code
    assert (None, "model_error", "no idea") == (
        end.json["text"],
        end.json["reason"],
        end.json["message"],
    )
    assert "mine.py" in end.json["error"]["traceback"]
    assert "hello" == end.json["printed"]


def test_a_model_that_cannot_be_loaded_is_explained(user: Workspace):
    end = attempt(user, "import never_installed\n", PAGE)

    assert (4, "") == (end.code, end.out)
    assert "never_installed" in end.err


def test_a_worker_that_dies_is_explained(user: Workspace):
    code = "import os\ndef answer(path, prompt):\n    print('the end')\n    os.abort()\n"

    end = attempt(user, code, PAGE)

    assert 3 == end.code
    assert "worker_died" in end.err
    assert "the end" in end.err


def test_an_interrupt_ends_it_and_leaves_nothing_behind(user: Workspace):
    hang = "import sys, threading\ndef answer(path, prompt):\n    open(prompt, 'w').close()\n"
    (user.path / "code/mine.py").write_text(
        hang + "    threading.Event().wait()\ndef answer_all(paths, prompt):\n    pass\n"
    )
    os.mkfifo(user.path / "asked")
    process = user.start("try", "mine", PAGE, "--prompt", str(user.path / "asked"))

    with (user.path / "asked").open():  # both ends wait for each other
        process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)

    assert 130 == process.returncode, said
    assert "stopped by SIGINT; to go on: vlmhb try mine" in said


def test_what_the_walls_denied_is_told_with_the_way_without_them(user: Workspace):
    denied = "def answer(path, prompt):\n    raise PermissionError(13, 'Permission denied', '/x')\n"

    held = attempt(user, denied, PAGE, "--sandbox", "auto")
    loose = attempt(user, denied, PAGE, "--sandbox", "0")

    if probe_isolation().landlock:
        assert "with `--sandbox 0` it is not in the way" in held.err
    assert "--sandbox" not in loose.err
