"""What comes of loading: facts worth recording, or an error that says what to do."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.checkpoint_builds import Checkpoints

pytestmark = pytest.mark.uv

OLDEST = "transformers-4.37@cpu"
NEWEST = "transformers-5@cpu"
ADVICE = {"do_sample": True, "temperature": 0.1, "top_k": 3, "repetition_penalty": 0.01}

OWN_CODE = {
    "model_type": "own_vl",
    "architectures": ["OwnForCausalLM"],
    "auto_map": {
        "AutoConfig": "configuration_own.OwnConfig",
        "AutoModelForVision2Seq": "modeling_own.OwnForCausalLM",
    },
}


class Loads:
    """Cases to be loaded in one process of an env, and what came of them by name."""

    def __init__(self, folder: Path, llava: Path) -> None:
        self.folder = folder
        self.llava = llava
        self._cases: dict[str, dict[str, Any]] = {}

    def case(self, name: str, weights: Path | str, **params: Any) -> None:
        """Load these weights with these params."""
        self._cases[name] = {"weights": str(weights), "params": params}

    def altered(self, name: str, **files: Any) -> Path:
        """The tiny LLaVA, with some files written anew; None removes one."""
        folder = self.folder / name
        shutil.copytree(self.llava, folder)
        for file, content in files.items():
            path = folder / file.replace("__", ".")
            if content is None:
                path.unlink()
            else:
                path.write_text(json.dumps(content), encoding="utf-8")
        return folder

    def outcomes(self, checkpoints: Checkpoints, env: str) -> dict[str, Any]:
        file = self.folder / "cases.json"
        file.write_text(json.dumps(list(self._cases.values())), encoding="utf-8")
        out = checkpoints.run(env, "tests.integration.loads_in_env", file)
        return dict(zip(self._cases, json.loads(out.splitlines()[-1]), strict=True))


@pytest.fixture(scope="module")
def oldest(
    checkpoints: Checkpoints, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, dict[str, Any]]:
    """Good and bad loads, in the oldest env that has LLaVA."""
    llava = checkpoints.folder("llava", OLDEST)
    loads = Loads(tmp_path_factory.mktemp("loads"), llava)
    loads.case("good", llava)
    loads.case("no folder", "/nowhere")
    loads.case("no weights", loads.altered("bare", model__safetensors=None))
    deeper = json.loads((llava / "config.json").read_text(encoding="utf-8"))
    deeper["text_config"]["num_hidden_layers"] = 3
    deep = loads.altered("deep", config__json=deeper)
    loads.case("some weights", deep)
    loads.case("random weights", deep, missing_weights="allow")
    loads.case("own code", loads.altered("own", config__json=OWN_CODE))
    loads.case("newer model", llava, family="qwen2_vl")
    loads.case("unknown family", llava, family="lava")
    loads.case("unknown param", llava, batchsize=4)
    loads.case("no GPU", llava, device="cuda")
    loads.case("odd dtype", llava, dtype="float7")
    loads.case("odd batch", llava, batch_size="many")
    loads.case("picky", llava, family="odd_families:Picky")
    loads.case("picky and told", llava, family="odd_families:Picky", attention="sdpa")
    loads.case("eager", llava, attention="eager")
    loads.case("half", llava, dtype="bfloat16")
    loads.case("advised", loads.altered("advised", generation_config__json=ADVICE))
    return loads.outcomes(checkpoints, OLDEST)


def test_a_load_tells_what_decides_its_answers(oldest: dict[str, dict[str, Any]]):
    facts = oldest["good"]["facts"]

    assert "4.37.2" == facts["transformers"]
    assert "llava" == facts["family"]
    assert ("cpu", "torch.float32", "sdpa") == (
        facts["device"],
        facts["dtype"],
        facts["attention"],
    )
    assert "flash_attention_2: no GPU" == facts["attention left out"]
    for file in ("config.json", "tokenizer.json", "preprocessor_config.json", "model.safetensors"):
        assert facts[file].startswith("sha256:")


@pytest.mark.parametrize(
    ("name", "error", "words"),
    [
        ("no folder", "FileNotFoundError", ["no checkpoint in '/nowhere'", "`weights`"]),
        ("no weights", "FileNotFoundError", ["no weights in", ".safetensors or .bin"]),
        ("some weights", "MissingWeightsError", ["layers.2.", "`missing_weights: allow`"]),
        ("own code", "RemoteCodeError", ["code of its own", "`trust_remote_code: true`"]),
        ("newer model", "ImportError", ["4.37.2 has no Qwen2VLForConditionalGeneration"]),
        ("unknown family", "ValueError", ['"lava"; did you mean "llava"?']),
        ("unknown param", "ValueError", ["unknown params: batchsize", "batch_size"]),
        ("no GPU", "RuntimeError", ["got cuda", "sees no GPU", "device: auto"]),
        ("odd dtype", "ValueError", ["'float7'", "float16"]),
        ("odd batch", "ValueError", ["'many'", "auto or a number"]),
        ("picky and told", "ValueError", ["does not support"]),
    ],
)
def test_a_load_that_cannot_be_says_why(
    oldest: dict[str, dict[str, Any]], name: str, error: str, words: list[str]
):
    outcome = oldest[name]

    assert error == outcome.get("error"), outcome
    assert [] == [word for word in words if word not in outcome["message"]], outcome["message"]


def test_weights_that_do_not_matter_may_be_missing(oldest: dict[str, dict[str, Any]]):
    assert "facts" in oldest["random weights"]


def test_the_next_attention_kernel_is_tried_and_the_reason_recorded(
    oldest: dict[str, dict[str, Any]],
):
    facts = oldest["picky"]["facts"]

    assert "eager" == facts["attention"]
    assert "scaled_dot_product_attention" in facts["attention: not sdpa"]
    assert oldest["good"]["text"] == oldest["picky"]["text"]


def test_kernel_and_number_format_can_be_told(oldest: dict[str, dict[str, Any]]):
    assert "eager" == oldest["eager"]["facts"]["attention"]
    assert "torch.bfloat16" == oldest["half"]["facts"]["dtype"]


def test_advice_that_comes_with_a_checkpoint_does_not_change_its_answers(
    oldest: dict[str, dict[str, Any]],
):
    """Models are compared by what they find most likely."""
    assert oldest["good"]["text"] == oldest["advised"]["text"]
    ignored = oldest["advised"]["facts"]["generation_config ignored"]
    assert all(f"{name}={value}" in ignored for name, value in ADVICE.items())


def test_newer_libraries_follow_no_advice_either(checkpoints: Checkpoints, tmp_path: Path):
    """Since 4.50 they fill in what a caller left at its default from the checkpoint."""
    llava = checkpoints.folder("llava", NEWEST)
    loads = Loads(tmp_path, llava)
    loads.case("good", llava)
    loads.case("advised", loads.altered("advised", generation_config__json=ADVICE))
    loads.case("other class", llava, family="qwen2_vl")

    outcomes = loads.outcomes(checkpoints, NEWEST)

    assert outcomes["good"]["text"] == outcomes["advised"]["text"]
    assert "repetition_penalty=0.01" in outcomes["advised"]["facts"]["generation_config ignored"]
    assert "ValueError" == outcomes["other class"]["error"]
    assert "says model_type 'llava'" in outcomes["other class"]["message"]
