"""A Ray cluster on this machine: nodes that are processes, each with folders of its own.

`ray.cluster_utils.Cluster` lives in a process of its own, which is told a line and says one.
"""

import itertools
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
from ray.cluster_utils import Cluster

OBJECTS_BYTES = 80 << 20


class Nodes:
    """A head on which nothing runs, and nodes to run things on."""

    def __init__(self, folder: Path, **variables: str) -> None:
        """`variables` are those of all nodes."""
        self._folder = folder
        self._variables = variables
        self._numbers = itertools.count(1)
        self._keeper = subprocess.Popen(
            [sys.executable, "-m", "tests.ray_nodes"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self.address: str = self._hear()
        self.alive: dict[int, psutil.Process] = {}
        """The raylet of each node, by number."""

    def add(self, **variables: str) -> None:
        """One more node, with room for two workers that need no GPU."""
        number = next(self._numbers)
        own = self._folder / f"node{number}"
        places = {"VLMHB_ENVS": str(own / "envs"), "VLMHB_NODES": str(own / "kept")}
        self.alive[number] = psutil.Process(
            self._tell(add=number, variables=places | self._variables | variables)
        )

    def kill(self, number: int) -> None:
        """As when its machine goes away."""
        del self.alive[number]
        self._tell(kill=number)

    def kept(self) -> list[Path]:
        """What the nodes keep of runs."""
        alive = [self._folder / f"node{number}" for number in self.alive]
        return sorted(kept for own in alive for kept in own.glob("kept/runs/*"))

    def workers(self, number: int) -> list[psutil.Process]:
        """The processes of models on a node."""
        below = self.alive[number].children(recursive=True)
        return [one for one in below if "vlmhb_worker" in " ".join(_words(one))]

    def close(self) -> None:
        """Leave nothing of it."""
        assert self._keeper.stdin
        assert self._keeper.stdout
        self._keeper.stdin.close()
        self._keeper.wait()
        self._keeper.stdout.close()

    def _tell(self, **order: object) -> Any:
        assert self._keeper.stdin
        self._keeper.stdin.write(json.dumps(order) + "\n")
        self._keeper.stdin.flush()
        return self._hear()

    def _hear(self) -> Any:
        assert self._keeper.stdout
        return json.loads(self._keeper.stdout.readline())


def _words(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


@contextmanager
def ray_nodes(folder: Path, **variables: str) -> Iterator[Nodes]:
    """The head; nodes are for the caller to add."""
    nodes = Nodes(folder, **variables)
    try:
        yield nodes
    finally:
        nodes.close()


def keep() -> None:
    """Do what is told on stdin, until its end."""
    out, sys.stdout = sys.stdout, sys.stderr
    head = {"num_cpus": 0, "include_dashboard": False, "object_store_memory": OBJECTS_BYTES}
    cluster: Any = Cluster(initialize_head=True, head_node_args=head)
    print(json.dumps(str(cluster.address)), file=out, flush=True)
    nodes: dict[int, Any] = {}
    for line in sys.stdin:
        answer: object = None
        match json.loads(line):
            case {"add": number, "variables": variables}:
                nodes[number] = cluster.add_node(
                    num_cpus=2, object_store_memory=OBJECTS_BYTES, env_vars=variables
                )
                (raylet,) = nodes[number].all_processes["raylet"]
                answer = raylet.process.pid
            case {"kill": number}:
                cluster.remove_node(nodes.pop(number), allow_graceful=False)
        print(json.dumps(answer), file=out, flush=True)
    cluster.shutdown()


if __name__ == "__main__":
    keep()
