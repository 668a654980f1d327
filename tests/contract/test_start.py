"""Help and completion start at once: of what has to be installed they import click alone.

A run asks its models before it imports what reports are made with.
"""

import subprocess
import sys

import pytest

from tests.workspace import Workspace

NAMES = """
import sys
sys.argv = ["vlmhb", *sys.argv[1:]]
from vlmhb.cli import main
try:
    main()
except SystemExit:
    print("loaded:", *sorted(set(sys.modules)))
"""
AT_THE_FIRST_QUESTION = """
from vlmhb.pipeline import main_path
def answer(*_):
    raise SystemExit
main_path.answer = answer
"""
WHAT_JOIN_FINDS = """
from vlmhb.system.preload import Preload
join = Preload.join
def told(preload):
    print("loading since:", preload._thread.ident)
    join(preload)
Preload.join = told
"""
WHEN_CHARTS_ARE_WANTED = """
from vlmhb.schedule.local import _Execution
from vlmhb.system.chart_drawer import ChartDrawer
close, start = _Execution.close, ChartDrawer.start
def told(execution):
    print("answered")
    close(execution)
def begun(drawer):
    print("drawer started")
    start(drawer)
_Execution.close, ChartDrawer.start = told, begun
"""
OF_CLICK = {"click", "typing_extensions"}
OWN = {"__main__", "vlmhb"}
SLOW = {"asyncio", "email", "http", "importlib.metadata", "multiprocessing", "ssl", "unittest"}
"""Of the standard library."""
STARTS = [("--help",), ("--version",), ("run", "--help"), ("env", "--help"), ("plan", "-h")]


def printed(space: Workspace, *words: str, before: str = "", **more: str) -> list[str]:
    """The lines of stdout; `before` is run first."""
    ended = subprocess.run(
        [sys.executable, "-c", before + NAMES, *words],
        cwd=space.path,
        env=space.environment(**more),
        capture_output=True,
        text=True,
        check=True,
    )
    return ended.stdout.splitlines()


def loaded(space: Workspace, *words: str, before: str = "", **more: str) -> set[str]:
    """The modules that are imported when it ends."""
    *_, last = printed(space, *words, before=before, **more)
    return set(last.removeprefix("loaded:").split())


def installed(modules: set[str]) -> set[str]:
    """Those that are neither Python's nor ours, whole packages: pandas, numpy, rich, pydantic."""
    tops = {name.partition(".")[0] for name in modules}
    return {name for name in tops - OWN - sys.stdlib_module_names if not name.startswith("_")}


@pytest.mark.parametrize("words", STARTS, ids=" ".join)
def test_help_imports_click_and_nothing_else_that_is_installed(
    workspace: Workspace, words: tuple[str, ...]
):
    found = loaded(workspace, *words)

    assert {"click"} <= installed(found) <= OF_CLICK
    assert set() == found & SLOW


@pytest.mark.parametrize(
    "words", ["run qu", "run x --models mod", "run x -t numb", "view ru", "env build r", "run --"]
)
def test_so_does_a_tab(workspace: Workspace, words: str):
    found = loaded(
        workspace,
        _VLMHB_COMPLETE="bash_complete",
        COMP_WORDS=f"vlmhb {words}",
        COMP_CWORD=str(len(words.split())),
    )

    assert {"click"} <= installed(found) <= OF_CLICK
    assert set() == found & SLOW


def test_the_test_would_notice(workspace: Workspace):
    """A command that works imports what it needs, and this shows it."""
    assert {"yaml", "pydantic"} <= installed(loaded(workspace, "validate", "absent"))


def test_reporting_is_not_imported_before_the_first_question(workspace: Workspace):
    found = loaded(workspace, "run", "run", before=AT_THE_FIRST_QUESTION)

    assert "vlmhb.plan" in found
    assert {"vlmhb.report", "numpy", "xlsxwriter", "vlmhb.cli.summary"}.isdisjoint(found)


def test_it_is_loading_while_models_answer(workspace: Workspace):
    """At the end of the answers, where it is waited for, a thread has it in its hands."""
    lines = printed(workspace, "run", "run", before=WHAT_JOIN_FINDS)

    (since,) = [line for line in lines if line.startswith("loading since:")]
    assert "None" not in since


def test_the_process_that_draws_charts_is_started_before_the_last_answer(workspace: Workspace):
    lines = printed(workspace, "run", "run", before=WHEN_CHARTS_ARE_WANTED)

    assert lines.index("drawer started") < lines.index("answered")
