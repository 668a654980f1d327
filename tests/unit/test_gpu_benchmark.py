"""`make bench-gpu` without a model: its rows, its table, its model files and what it refuses."""

import sys
from pathlib import Path

import pytest
import yaml
from PIL import Image

from tests.bench.gpu.comparisons import rows, table
from tests.bench.gpu.models import Asked
from tests.bench.gpu.pages import draw_pages
from tests.bench.gpu.settings import CPU, CUDA, SIDES, read_settings
from tests.bench.gpu.sides import Side, Taken
from tests.bench.gpu.world import CommandFailedError, completed
from tests.bench.row import reason_of
from vlmhb.config import load_model
from vlmhb.errors import UsageError


def side(title: str, *rounds: Taken, absent: str = "") -> Side:
    def ask(count: int) -> Taken:
        raise CommandFailedError(f"cannot ask {count}\nin detail")

    return Side(title, ask, absent, rounds=list(rounds))


def took(whole_s: float, answering_s: float = 1.0, answer: str = "yes") -> Taken:
    return Taken(whole_s, answering_s, {"page0": answer, "page1": "no"}, tokens=128)


def size_px(path: str) -> tuple[int, int]:
    with Image.open(path) as page:
        size: tuple[int, int] = page.size
        return size


def test_a_pair_is_compared_round_by_round():
    sides = {
        "bare": side("bare loop", took(100, 90), took(120, 95)),
        "one": side("one by one", took(101, 91), took(150, 97)),
    }

    whole, answering = rows(sides)

    assert ("L1", [101, 150], [100, 120]) == (whole.goal, whole.ours, whole.peers)
    assert ([91, 97], [90, 95]) == (answering.ours, answering.peers)
    assert "missed" == whole.verdict


def test_a_side_that_cannot_be_gone_says_why_in_its_rows():
    sides = {"batches": side("batches", took(50)), "vllm": side("vLLM", absent="not installed")}

    found = list(rows(sides))

    assert 2 == len(found)
    assert {"vLLM: not installed"} == {row.absent for row in found}
    assert {"not measured"} == {row.verdict for row in found}


def test_the_table_tells_the_share_of_the_bare_loop_and_how_many_answers_are_its():
    sides = {
        "bare": side("bare loop", took(100, 80)),
        "batches": side("batches", took(50, 40, answer="other")),
        "vllm": side("vLLM", absent="not installed"),
    }

    lines = table(sides).splitlines()[2:]

    assert [
        "| bare loop | 1.00 | 0.02 | 0.025 | 128 | 2 of 2 |",
        "| batches | 2.00 | 0.04 | 0.05 | 128 | 1 of 2 |",
    ] == lines


def test_a_side_that_fails_once_is_left_out():
    failing = side("vLLM")

    failing.try_out()

    assert "cannot ask 1" == failing.absent


def test_a_failed_command_is_told_by_its_last_line(tmp_path: Path):
    code = "import sys; print('Traceback\\n  lines\\nOSError: no engine', file=sys.stderr); exit(1)"

    with pytest.raises(CommandFailedError) as raised:
        completed([sys.executable, "-c", code], tmp_path, {})

    assert "OSError: no engine" == reason_of(raised.value)


def test_pages_differ_in_shape_and_text(tmp_path: Path):
    questions = draw_pages(tmp_path / "pages", 6)

    assert 6 == len({Path(one.page).read_bytes() for one in questions})
    assert 3 == len({size_px(one.page) for one in questions})


@pytest.mark.parametrize("device", [CPU, CUDA])
def test_the_model_files_differ_in_how_they_are_asked_alone(tmp_path: Path, device: str):
    asked = Asked("", "transformers-5", tmp_path, {"max_pixels": 1003520})

    asked.write(tmp_path, device)

    one, batches, vllm = (load_model(str(tmp_path / f"{name}.yaml")) for name in SIDES[1:4])
    assert {**batches.params, "batch_size": 1} == one.params
    assert 1003520 == one.params["max_pixels"]
    assert {one.weights, batches.weights} == {vllm.weights}
    assert one.params["dtype"] == vllm.params["dtype"]
    assert {device == CPU} == {model.env.endswith("@cpu") for model in (one, batches, vllm)}


def test_weights_of_ones_own_are_measured_where_they_lie(tmp_path: Path):
    content = {
        "description": "Mine.",
        "backend": "transformers",
        "env": "transformers-5",
        "answers": "reply",
        "weights": {"path": str(tmp_path)},
    }
    file = tmp_path / "mine.yaml"
    (tmp_path / "config.json").write_text("{}")
    file.write_text(yaml.safe_dump(content))

    assert tmp_path == Asked.named(str(file)).checkpoint


def test_weights_that_are_not_here_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HF_HOME", str(tmp_path))

    with pytest.raises(UsageError, match="vlmhb models fetch qwen2-vl-2b"):
        Asked.named("qwen2-vl-2b")


@pytest.mark.parametrize("name", ["phi-3-vision", "tesseract-psm4", "qwen2.5-vl-7b-vllm"])
def test_a_model_that_no_plain_script_could_ask_is_refused(name: str):
    with pytest.raises(UsageError, match="Expected: backend: transformers"):
        Asked.named(name)


def test_a_side_that_nobody_knows_is_refused(capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit):
        read_settings(["--device", CPU, "--sides", "bare,best"])

    assert "got best" in capsys.readouterr().err


def test_what_is_not_said_depends_on_the_device():
    settings = read_settings(["--device", CPU, "--tokens", "3"])

    assert (8, 3, 1) == (settings.samples, settings.tokens, settings.rounds)
