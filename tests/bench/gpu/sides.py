"""The ways to ask the same model the same questions, each a program of its own."""

import csv
import json
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench.gpu.job import Told
from tests.bench.gpu.settings import CPU
from tests.bench.gpu.world import ROOT, CommandFailedError, World, completed
from tests.bench.row import reason_of
from vlmhb.config import load_model_and_env, read_environ
from vlmhb.env import EnvStore, Uv
from vlmhb.errors import VlmhbError

VLMEVALKIT = ROOT / "tests" / "oracles" / "vlmevalkit" / "linux-x86_64.lock"


@dataclass(frozen=True, slots=True)
class Taken:
    """What one side took for all questions."""

    whole_s: float
    """The program, from start to end."""
    answering_s: float
    """From the first question to the last answer."""
    answers: Mapping[str, str]
    tokens: int
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Side:
    """One way, and what it took, round by round."""

    title: str
    ask: Callable[[int], Taken]
    """Asks so many questions; raises CommandFailedError."""
    absent: str = ""
    """Why it cannot be gone here."""
    facts: Mapping[str, str] = field(default_factory=dict)
    """What answered, where the side tells."""
    rounds: list[Taken] = field(default_factory=list)

    def try_out(self) -> None:
        """Ask one question, so that what the first start does once is done; note if it fails."""
        if self.absent:
            return
        try:
            self.facts = self.ask(1).facts
        except CommandFailedError as error:
            self.absent = reason_of(error)


def all_sides(world: World) -> dict[str, Side]:
    """Those of the settings, by their names there."""
    packages = world.folder / "vlmevalkit"
    sides = {
        "bare": Side("bare loop", lambda count: _loop(world, count, "bare_loop")),
        "vlmevalkit": Side(
            "VLMEvalKit's loop",
            lambda count: _loop(world, count, "vlmevalkit_loop", packages),
        ),
        "one": Side("vlmhb, one by one", lambda count: _vlmhb(world, count, "one")),
        "batches": Side("vlmhb, batches", lambda count: _vlmhb(world, count, "batches")),
        "vllm": Side("vlmhb, vLLM", lambda count: _vlmhb(world, count, "vllm")),
    }
    chosen = {name: side for name, side in sides.items() if name in world.settings.sides}
    if "vlmevalkit" in chosen:
        chosen["vlmevalkit"].absent = _install_vlmevalkit(world, packages)
    if "vllm" in chosen:
        chosen["vllm"].absent = _missing_vllm(world)
    return chosen


def _install_vlmevalkit(world: World, packages: Path) -> str:
    """Put what its loop needs into a folder beside the env, which stays as it is; why not."""
    uv = Uv.installed()
    command = [
        *(str(uv.binary), "pip", "install", "--quiet", "--compile-bytecode"),
        *("--python", world.env.python, "--target", str(packages)),
        *("--require-hashes", "--no-deps", "-r", str(VLMEVALKIT)),
    ]
    try:
        completed(command, world.folder, uv.environment)
    except CommandFailedError as error:
        return f"cannot be installed here: {reason_of(error)}"
    return ""


def _missing_vllm(world: World) -> str:
    """Why the engine's env cannot be used; empty if it can: nobody builds 8 GB by the way."""
    try:
        _, spec = load_model_and_env(str(world.folder / "configs" / "models" / "vllm.yaml"))
        is_built = bool(EnvStore(read_environ().envs).built_for(spec))
    except VlmhbError as error:
        return " ".join(error.got.split())
    return "" if is_built else f"not installed here: `vlmhb env build {spec.name}`"


def _loop(world: World, count: int, module: str, *words: object) -> Taken:
    """What a loop in the model's env takes."""
    with tempfile.TemporaryDirectory(dir=world.folder) as scratch:
        path = Path(scratch) / "job.json"
        job = world.job(count, Path(scratch))
        job.write(path)
        began_s = time.perf_counter()
        world.in_env(f"tests.bench.gpu.{module}", path, *words)
        whole_s = time.perf_counter() - began_s
        told = Told.read(Path(job.told))
    return Taken(whole_s, told.answering_s, told.answers, told.tokens, told.facts)


def _vlmhb(world: World, count: int, model: str) -> Taken:
    """What a new run takes, with scores and report, and every answer on the disk."""
    with tempfile.TemporaryDirectory(dir=world.folder) as scratch:
        out = Path(scratch) / "run"
        where = ("--device", "cpu") if world.settings.device == CPU else ("--gpus", "1")
        command = [
            *(sys.executable, "-m", "vlmhb", "run", "bench", "--models", model),
            *("--limit", str(count), "--max-workers", "1", "--ui", "none", "--out", str(out)),
            *where,
        ]
        began_s = time.perf_counter()
        completed(command, world.folder, world.environment())
        whole_s = time.perf_counter() - began_s
        results = json.loads((out / "derived" / "results.json").read_text(encoding="utf-8"))
        with (out / "derived" / "answers.csv").open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
    (cost,) = results["costs"]
    answers = {Path(row["document"]).stem: row["answer"] for row in rows}
    tokens = sum(int(row["completion_tokens"]) for row in rows)
    return Taken(whole_s, cost["answering_s"], answers, tokens)
