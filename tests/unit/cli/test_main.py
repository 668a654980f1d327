"""How a command ends that fails for another reason than ours."""

import json
import subprocess
import sys

DRIVER = """
import signal, sys
from pathlib import Path
import click
from vlmhb.cli import cli, main

@cli.command("greedy")
@click.option("--json", is_flag=True)
def greedy(json):
    bytearray(1 << 62)

@cli.command("child")
def child():
    from vlmhb.system.process import run
    return run(("/bin/sh", "-c", "exit 3"), environment={}, cwd=Path("/")).returncode

signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # as whoever starts it may have left it
main()
"""


def ended(*words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", DRIVER, *words], capture_output=True, text=True, check=False
    )


def test_memory_that_ran_out_is_no_bug_and_comes_with_what_to_do():
    end = ended("greedy")

    assert (4, "") == (end.returncode, end.stdout)
    assert end.stderr.startswith("vlmhb: cannot go on: vlmhb itself got no more memory")
    assert end.stderr.endswith(", then: vlmhb greedy\n")


def test_so_it_is_as_json():
    end = ended("greedy", "--json")

    told = json.loads(end.stdout)
    assert (4, 4) == (end.returncode, told["exit_code"])
    assert told["error"]["next_step"].endswith("vlmhb greedy --json")


def test_what_click_quotes_does_nothing_to_a_terminal_and_shows_no_login():
    end = ended("run", "x", "\r\x9b2J https://me:pw@h")

    assert 2 == end.returncode
    assert "(\\u000d\\u009b2J https://...@h)" in end.stderr
    assert "Usage: " in end.stderr


def test_a_command_is_waited_for_whatever_the_caller_did_with_signals():
    end = ended("child")

    assert (3, "") == (end.returncode, end.stderr)
