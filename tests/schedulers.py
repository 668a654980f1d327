"""Stand-ins for schedulers' commands: they do here and at once what those have done elsewhere.

They read the files that they are given, know the options that the guide uses and no others, and set
the variables that the machines would have. `ended.txt` gets the exit code of everything that ran.
"""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

JOB = "17"


def install_schedulers(folder: Path) -> None:
    """Put the commands into `folder`, which then belongs into the PATH."""
    folder.mkdir()
    for name in COMMANDS:
        words = shlex.join([sys.executable, __file__, name])
        (folder / name).write_text(f'#!/bin/sh\nexec {words} "$@"\n')
        (folder / name).chmod(0o755)


def sbatch(words: list[str]) -> None:
    wrapped = option(words, "--wrap")
    if wrapped:
        assert f"afterany:{JOB}" == option(words, "--dependency")
        assert [] == words
        run("sh", "-c", wrapped)
        return
    array = option(words, "--array")
    print(JOB if words[0] == "--parsable" else f"Submitted batch job {JOB}")
    script = words.pop()
    assert words in ([], ["--parsable"])
    said = dict(
        re.findall(r"^#SBATCH --([a-z-]+)=?(.*)$", Path(script).read_text("utf-8"), re.MULTILINE)
    )
    assert {"job-name", "array", "gres", "requeue", "open-mode"} == set(said)
    numbers = list(indices(array or said["array"]))
    for number in numbers:
        count = str(len(numbers))
        run("bash", script, SLURM_ARRAY_TASK_ID=str(number), SLURM_ARRAY_TASK_COUNT=count)


def kubectl(words: list[str]) -> None:
    if words[0] == "wait":
        assert words[1:] == ["--for=condition=complete", "job/quickstart", "--timeout=24h"]
        return
    assert words == ["apply", "-f", "job.yaml"]
    job = read("job.yaml")
    assert ("batch/v1", "Job", "quickstart") == (
        job["apiVersion"],
        job["kind"],
        job["metadata"]["name"],
    )
    spec = job["spec"]
    assert "Indexed" == spec["completionMode"]
    pod = spec["template"]["spec"]
    (container,) = pod["containers"]
    mounted = {mount["name"] for mount in container["volumeMounts"]}
    assert mounted == {volume["name"] for volume in pod["volumes"]}
    for index in range(spec["completions"]):
        run(*container["command"], *container["args"], JOB_COMPLETION_INDEX=str(index))


def sky(words: list[str]) -> None:
    assert option(words, "-n")
    key, _, value = option(words, "--env").partition("=")
    assert words == ["jobs", "launch", "-y", "-d", "shard.yaml"]
    task = read("shard.yaml")
    assert key in task["envs"]
    assert set(task) <= {"name", "workdir", "resources", "volumes", "envs", "setup", "run"}
    for text in (task["setup"], task["run"]):
        run("bash", "-c", text, **{**task["envs"], key: value})


def dstack(words: list[str]) -> None:
    assert "shard.dstack.yml" == option(words, "-f")
    assert option(words, "-n")
    assert words == ["apply", "-y", "-d"]
    task = read("shard.dstack.yml")
    assert "task" == task["type"]
    assert all(name in os.environ for name in task["env"])
    run("sh", "-c", "\n".join(task["commands"]))


COMMANDS: Mapping[str, Callable[[list[str]], None]] = {
    "sbatch": sbatch,
    "kubectl": kubectl,
    "sky": sky,
    "dstack": dstack,
}


def run(*command: str, **variables: str) -> None:
    with Path("printed.txt").open("a") as printed:
        done = subprocess.run(command, env={**os.environ, **variables}, stdout=printed, check=False)
    with Path("ended.txt").open("a") as ended:
        ended.write(f"{done.returncode}\n")


def option(words: list[str], name: str) -> str:
    """The value of an option, which is taken out of the words; empty without it."""
    for place, word in enumerate(words):
        said, equals, value = word.partition("=")
        if said == name:
            words.pop(place)
            return value if equals else words.pop(place)
    return ""


def indices(array: str) -> Iterator[int]:
    for part in array.split(","):
        first, _, last = part.partition("-")
        yield from range(int(first), int(last or first) + 1)


def read(path: str) -> Any:
    return yaml.safe_load(Path(path).read_text("utf-8"))


def main(words: Sequence[str]) -> None:
    name, *rest = words
    COMMANDS[name](rest)


if __name__ == "__main__":
    main(sys.argv[1:])
