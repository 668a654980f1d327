"""`python -m tests.fuzz`: feed the readers for a while, each with what it was never made for.

With atheris, which finds its way by the lines that are reached; without it, by luck alone.
"""

import argparse
import json
import os
import random
import re
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.fuzz.edits import MAX_BYTES, changed

FOLDER = Path("build/fuzz")
MAX_INPUT_S = 10
MAX_MIB = 2048


def main() -> int:
    """The exit code: 1 where something was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("targets", nargs="*", help="names; all when there is none")
    parser.add_argument("--seconds", type=float, default=60.0, help="for each target")
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    wanted = parser.parse_args()
    if wanted.one:
        return _fuzz(wanted.targets[0], wanted.seconds)
    from tests.fuzz.targets import TARGETS  # noqa: PLC0415 - atheris has to be there before

    names = wanted.targets or [target.name for target in TARGETS]
    print("| target | by | executions | seconds | findings |\n|---|---|---|---|---|", flush=True)
    found = [_in_a_process(name, wanted.seconds) for name in names]
    return int(any(found))


def _in_a_process(name: str, seconds: float) -> bool:
    """A line of the table; True when there is a finding."""
    began_s = time.monotonic()
    command = [sys.executable, "-m", "tests.fuzz", name, "--seconds", str(seconds), "--one"]
    log = FOLDER / f"{name}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    # In memory where there is some: most of the time would be the disk's.
    memory = Path("/dev/shm") if os.access("/dev/shm", os.W_OK) else None
    with log.open("wb") as file, tempfile.TemporaryDirectory(dir=memory) as folder:
        own = {**os.environ, "TMPDIR": folder}
        done = subprocess.run(command, stdout=file, stderr=file, env=own, check=False)
    code = done.returncode
    told = log.read_text(errors="replace")
    by = "atheris" if "INFO: Seed" in told else "luck"
    executed = re.findall(r"number_of_executed_units:\s*(\d+)", told)
    count = f"{int(executed[-1]):,}" if executed else "?"
    took_s = time.monotonic() - began_s
    print(f"| {name} | {by} | {count} | {took_s:.0f} | {f'see {log}' if code else 0} |", flush=True)
    return bool(code)


def _fuzz(name: str, seconds: float) -> int:
    try:
        import atheris  # noqa: PLC0415 - it need not be there
    except ImportError:
        return _by_luck(name, seconds)
    with atheris.instrument_imports(include=["vlmhb", "vlmhb_worker"]):
        from tests.fuzz.targets import TARGETS, feed, with_seeds  # noqa: PLC0415
    (target,) = [one for one in TARGETS if one.name == name]
    with tempfile.TemporaryDirectory() as folder:
        target = with_seeds(target, Path(folder))
    corpus = FOLDER / name
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(target.seeds):
        (corpus / f"seed-{number}").write_bytes(seed)
    words = FOLDER / f"{name}.dict"
    words.write_text("".join(f'"{_spelled(word)}"\n' for word in target.words))
    read = target.in_folder(Path(tempfile.mkdtemp()))
    options = {
        "max_total_time": int(seconds),
        "max_len": MAX_BYTES,
        "len_control": 0,
        "timeout": MAX_INPUT_S,
        "rss_limit_mb": MAX_MIB,
        "print_final_stats": 1,
        "artifact_prefix": f"{corpus}-",
        "dict": words,
    }
    atheris.Setup(
        [name, *(f"-{key}={value}" for key, value in options.items()), str(corpus)],
        lambda content: feed(read, content),
    )
    atheris.Fuzz()
    return 0


def _spelled(word: bytes) -> str:
    return "".join(f"\\x{byte:02x}" for byte in word)


def _by_luck(name: str, seconds: float) -> int:
    from tests.fuzz.targets import TARGETS, feed, with_seeds  # noqa: PLC0415

    (target,) = [one for one in TARGETS if one.name == name]
    seed = int(os.environ.get("FUZZ_SEED", str(random.SystemRandom().randrange(1 << 32))))
    print(f"FUZZ_SEED={seed}")
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        target = with_seeds(target, Path(folder))
        files = Path(folder, "files")
        files.mkdir()
        read = target.in_folder(files)
        end_s = time.monotonic() + seconds
        count, worst_s = 0, 0.0
        while time.monotonic() < end_s:
            content = changed(target.seeds, target.words, chance)
            began_s = time.thread_time()
            try:
                feed(read, content)
            except Exception:
                (FOLDER / f"{name}-crash-{count}").write_bytes(content)
                raise
            worst_s = max(worst_s, time.thread_time() - began_s)
            count += 1
    mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    print(json.dumps({"worst_s": round(worst_s, 3), "peak_mib": mib}))
    print(f"number_of_executed_units: {count}")
    return int(worst_s > MAX_INPUT_S or mib > MAX_MIB)


if __name__ == "__main__":
    sys.exit(main())
