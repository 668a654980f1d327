"""README and guide: every block is run, checked, or says why not; every command line parses."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.command_lines import PLACEHOLDER, misuse, vlmhb_lines
from tests.guides import NOT_RUN, ROOT, Block, blocks, pages
from vlmhb.config import load_envspec, load_model, load_prompts, load_run, load_task

PAGES = pages()
BLOCKS = [block for page in PAGES for block in blocks(page)]
OUTSIDE_BLOCKS = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
GUIDES = "integration/test_guides.py"
TEXTS = "integration/test_guide_texts.py"
RECIPES = "integration/test_shard_recipes.py"

FOLLOWED: Mapping[str, str] = {
    "README.md": GUIDES,
    "README.ru.md": GUIDES,
    "README.ko.md": GUIDES,
    "add-a-metric.md": "integration/test_scoring_guide.py",
    "add-a-model.md": GUIDES,
    "add-a-task.md": GUIDES,
    "command-line.md": GUIDES,
    "compare.md": "integration/test_compare.py",
    "documents.md": "integration/test_documents.py",
    "endpoints.md": "integration/test_endpoints_guide.py",
    "envs.md": GUIDES,
    "exchange.md": GUIDES,
    "init.md": "integration/test_init.py",
    "judge.md": GUIDES,
    "merge.md": GUIDES,
    "models.md": GUIDES,
    "outputs.md": GUIDES,
    "plan.md": "integration/test_plan.py",
    "prompts.md": "integration/test_prompts.py",
    "quickstart.md": GUIDES,
    "report.md": GUIDES,
    "runpod.md": GUIDES,
    "scaling.md": GUIDES,
    "shards.md": RECIPES,
    "telemetry.md": "integration/test_telemetry.py",
    "vlmhyperbench.md": GUIDES,
    "wrappers.md": GUIDES,
}
"""Page -> the test file that runs its `sh` blocks, but for those in NOT_RUN."""

SHOWN: tuple[tuple[str, str, str], ...] = (
    ("README.md", "quickstart-fields", "unit/test_readme.py"),
    ("README.ru.md", "quickstart-fields", "unit/test_readme.py"),
    ("README.ko.md", "quickstart-fields", "unit/test_readme.py"),
    ("quickstart-models.md", "quickstart-text", "unit/test_readme.py"),
    ("command-line.md", "folder ", TEXTS),
    ("command-line.md", "vlmhb: cannot use", TEXTS),
    ("command-line.md", "qwen2.5-vl-7b", TEXTS),
    ("compare.md", "A  runs/before:m", "integration/test_compare.py"),
    ("configuration.md", "configs/tasks/my.yaml:8:3", TEXTS),
    ("datasets.md", "data_index;split", TEXTS),
    ("datasets.md", "index\timage", TEXTS),
    ("datasets.md", "classes.json", TEXTS),
    ("gpus.md", "qwen2.5-vl-7b: waiting", TEXTS),
    ("gpus.md", "GPU GPU-8f6c", TEXTS),
    ("init.md", "found: documents", "integration/test_init.py"),
    ("merge.md", "vlmhb: cannot merge", TEXTS),
    ("merge.md", "pod1: ", TEXTS),
    ("outputs.md", "import re", "unit/report/test_csv_round_trip.py"),
    ("plan.md", "folder:", "integration/test_plan.py"),
    ("plan.md", "forecast:", "unit/cli/test_forecast_lines.py"),
    ("shards.md", "shard-1: shard", RECIPES),
    ("view.md", "report: http", TEXTS),
)
"""Page, beginning of a block that shows something, the test file that compares it."""

BASES: Mapping[str, Mapping[str, Any]] = {
    "models": {"backend": "function", "env": "toy", "answers": "reply"},
    "tasks": {
        "version": "1",
        "dataset": {"name": "d", "format": "jsonl", "annotation": "d", "licence": "ours"},
        "prompt": "{{ question }}",
        "metrics": {"reply": ["anls"]},
    },
    "runs": {"models": ["qwen2-vl-7b"], "tasks": ["mmstar", "docvqa-val", "pope"]},
    "prompts": {},
    "envspecs": {"python": ">=3.10", "imports": ["json"]},
}
"""What a block leaves out that shows a part of a file."""

MARKS: Mapping[str, set[str]] = {
    "models": {"backend", "weights", "limits"},
    "runs": {"models"},
    "tasks": {"dataset", "prompt", "metrics", "group_by"},
    "envspecs": {"python", "interpreter", "no_deps"},
    "prompts": {"default", "collection"},
}
"""Keys by which a file is known."""


def ids(block: Block) -> str:
    return str(block)


def test_every_fence_belongs_to_a_block():
    """One that is indented or unclosed would be missed by all tests of this file."""
    fences = {page.name: page.read_text(encoding="utf-8").count("```") for page in PAGES}

    found = {page.name: 2 * len(blocks(page)) for page in PAGES}

    assert fences == found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_block_is_made_by_indenting(page: Path):
    text = OUTSIDE_BLOCKS.sub("", page.read_text(encoding="utf-8"))

    assert [] == re.findall(r"\n\n    .*", text)


@pytest.mark.parametrize("block", BLOCKS, ids=ids)
def test_every_block_is_run_or_checked_or_says_why_not(block: Block):
    shown = [file for page, begins, file in SHOWN if (page, begins) == begin(block, begins)]

    known = {
        "sh": not block.is_run or block.page in FOLLOWED,
        "yaml": True,
        "json": True,
    }

    assert known.get(block.language, bool(shown)), f"no test knows of {block}"


def begin(block: Block, begins: str) -> tuple[str, str]:
    """The key of a table that this block has, if it begins so."""
    return (block.page, begins) if block.text.startswith(begins) else ("", "")


def test_no_table_names_a_block_that_is_not_there():
    named = [key[:2] for key in (*NOT_RUN, *SHOWN)]

    gone = [key for key in named if not any(key == begin(block, key[1]) for block in BLOCKS)]

    assert [] == gone


@pytest.mark.parametrize(
    ("page", "file"),
    [*FOLLOWED.items(), *((page, file) for page, _, file in SHOWN)],
)
def test_the_test_that_is_named_for_a_page_names_the_page(page: str, file: str):
    text = (ROOT / "tests" / file).read_text(encoding="utf-8")

    assert f'"{page}"' in text


@pytest.mark.parametrize("block", [b for b in BLOCKS if b.language == "sh"], ids=ids)
def test_every_command_line_of_a_block_is_one(block: Block):
    wrong = {" ".join(words): misuse(words) for words in vlmhb_lines(block.text)}

    assert {} == {line: problem for line, problem in wrong.items() if problem}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_in_the_text_is_one(page: Path):
    text = OUTSIDE_BLOCKS.sub("", page.read_text(encoding="utf-8")).replace("\\|", "|")
    lines = [
        words
        for code in re.findall(r"`(vlmhb [^`]*)`", text)
        for words in vlmhb_lines(code.replace("...", ""))
        if words and not PLACEHOLDER.fullmatch(words[0])
    ]

    wrong = {" ".join(words): misuse(words) for words in lines}

    # An option may be named without its value.
    assert {} == {
        line: problem
        for line, problem in wrong.items()
        if problem and not problem.endswith("requires an argument.")
    }


@pytest.mark.parametrize("block", [b for b in BLOCKS if "make " in b.text], ids=ids)
def test_every_target_of_make_is_there(block: Block):
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")

    for target in re.findall(r"^make ([\w-]+)", block.text, re.MULTILINE):
        assert f"\n{target}:" in makefile


@pytest.mark.parametrize("block", [b for b in BLOCKS if b.language == "json"], ids=ids)
def test_json_is_json(block: Block):
    for line in block.text.splitlines():
        assert json.loads(line)


@pytest.mark.parametrize("block", [b for b in BLOCKS if b.language == "yaml"], ids=ids)
def test_yaml_is_a_file_that_vlmhb_reads(block: Block, tmp_path: Path):
    written = yaml.safe_load(block.text)
    kind = next((kind for kind, marks in MARKS.items() if marks & set(written)), "runs")
    collection = tmp_path / "vlmhyperbench/data_dirs/PromptCollections/VQA/demo_mini/tuned.csv"
    for table in (collection, tmp_path / "configs/prompts/tuned.csv"):
        table.parent.mkdir(parents=True)
        table.write_text("prompt;doc_class_question_type\nЧто?;passport number\n")

    path = tmp_path / {"envspecs": "envspecs/my/envspec.yaml"}.get(kind, f"configs/{kind}/my.yaml")
    path.parent.mkdir(parents=True, exist_ok=True)
    file = joined(BASES[kind], written)
    if kind == "tasks":
        # A dataset of the reader's.
        file["dataset"] = {**file["dataset"], "root": str(tmp_path)}
    path.write_text(yaml.safe_dump(file, allow_unicode=True))

    load(kind, path, tmp_path)


def joined(base: Mapping[str, Any], written: Mapping[str, Any]) -> dict[str, Any]:
    """What is written, and of the base what it leaves out."""
    whole = dict(base)
    for key, value in written.items():
        both = isinstance(value, dict) and isinstance(base.get(key), dict)
        whole[key] = joined(base[key], value) if both else value
    for one, other in (("prompts", "prompt"), ("interpreter", "python")):
        if one in written:
            whole.pop(other, None)
    return whole


def load(kind: str, path: Path, folder: Path) -> object:
    match kind:
        case "models":
            return load_model(str(path), folder)
        case "tasks":
            return load_task(str(path), folder)
        case "runs":
            return load_run(str(path), cwd=folder)
        case "prompts":
            return load_prompts(str(path), folder)
        case _:
            return load_envspec("my", folder)
