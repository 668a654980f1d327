"""Which nodes are used at the beginning of a run."""

from pathlib import Path

import pytest

from tests.build import answer, model
from tests.clusters import FakeCluster, FakeNode, ScriptedCluster, an_order, config_of
from vlmhb.errors import UnusableError
from vlmhb.schedule.cluster.answers_file import answers_file
from vlmhb.schedule.cluster.muster import muster
from vlmhb.schedule.cluster.node import describe
from vlmhb.schedule.cluster.nodes import Node
from vlmhb.store.journal_writer import JournalWriter

SILENT = Node("2", "two", 0, 2)


class HalfSilent(ScriptedCluster):
    """The first node answers, the others never do."""

    def __init__(self, first: FakeNode, *others: Node) -> None:
        super().__init__(first.node, *others)
        self._first = first

    def ask(self, node, question, arguments, tell, on_end):
        super().ask(node, question, arguments, tell, on_end)
        if node == self._first.node.id:
            order = an_order(arguments[0].config, self._first.look_around(()))
            for facts in describe(order):
                tell(facts)
            on_end("")


def test_a_node_that_never_answers_is_not_waited_for(tmp_path: Path):
    cluster = HalfSilent(FakeNode("one", tmp_path), SILENT)

    found = muster(cluster, an_order(config_of(model("m"))), answer_s=0.1)

    assert ["one"] == [member.node.name for member in found.roster]
    assert ["two is not used: it has not answered for 0.1 s"] == found.notes
    assert "2" not in found.asked  # it is asked again by who watches the nodes


def test_without_a_node_that_can_be_used_nothing_is_started(tmp_path: Path):
    with (
        FakeCluster(FakeNode("one", tmp_path, version="0.0.1")) as cluster,
        pytest.raises(UnusableError, match=r"one is not used: it has vlmhb 0\.0\.1"),
    ):
        muster(cluster, an_order(config_of(model("m"))))


def test_a_node_that_breaks_while_it_is_asked_is_not_used(tmp_path: Path):
    with FakeCluster(FakeNode("one", tmp_path)) as cluster:
        cluster.refused_questions = 1
        with pytest.raises(UnusableError, match="one is not used: it does not answer"):
            muster(cluster, an_order(config_of(model("m"))), answer_s=10.0)


def test_without_a_node_that_has_room_nothing_is_started(tmp_path: Path):
    with (
        FakeCluster(FakeNode("head", tmp_path, cpus=0)) as cluster,
        pytest.raises(UnusableError, match="it has no node with a CPU or a GPU to spare"),
    ):
        muster(cluster, an_order(config_of(model("m"))))


def test_what_nodes_kept_is_taken_and_what_is_wrong_with_it_told(tmp_path: Path):
    order = an_order(config_of(model("m"), max_workers=3))
    node = FakeNode("one", tmp_path)
    kept = order.folder(node.look_around(())(order))
    (kept / "0-1").mkdir(parents=True)
    with JournalWriter(answers_file(kept / "0-1")) as journal:
        journal.append(answer("m-0"))
    answers_file(kept / "0-2").mkdir(parents=True)

    with FakeCluster(node) as cluster:
        found = muster(cluster, order)

    (note,) = found.notes
    assert {"m-0": answer("m-0")} == found.kept
    assert note.startswith("one: answers in it are asked for once more")
    assert 3 == len(found.roster.slots)


def test_gpus_that_the_cluster_has_and_vlmhb_does_not_see_are_told(tmp_path: Path):
    class Hidden(FakeCluster):
        def nodes(self) -> tuple[Node, ...]:
            return (Node("id of one", "one", 2, 2),)

    with Hidden(FakeNode("one", tmp_path)) as cluster:
        found = muster(cluster, an_order(config_of(model("m"))))

    (note,) = found.notes
    assert "one has 2 GPUs for Ray, of which vlmhb sees 0" in note
