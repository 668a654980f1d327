"""A user's function is a model: two lines of code are enough."""

from pathlib import Path
from typing import Any

import pytest
from vlmhb_worker.backend import Generation, LoadJob, Page, Reply, Request
from vlmhb_worker.backends.function import CodeChangedError, Function, SeveralPagesError
from vlmhb_worker.backends.user_code import SystemPromptError
from vlmhb_worker.code_digest import code_sha256
from vlmhb_worker.outcomes import outcome

TWO_LINES = "def answer(image_path, prompt):\n    return prompt.upper()\n"


class Case:
    """A folder with the user's module, and what becomes of it."""

    def __init__(self, folder: Path, scratch: Path) -> None:
        self.folder = folder
        self.scratch = scratch

    def write(self, text: str, name: str = "mine.py") -> "Case":
        (self.folder / name).write_text(text, encoding="utf-8")
        return self

    def load(self, **params: Any) -> tuple[Function, dict[str, str]]:
        given = {"function": "mine:answer", "folder": str(self.folder), **params}
        function = Function()
        steps: list[object] = []
        facts = function.load(
            LoadJob(given, str(self.scratch), 0, "/weights", secrets={"TOY_KEY": "hidden"}),
            lambda *step: steps.append(step),
        )
        assert steps
        return function, facts

    def answer(self, request: Request, **params: Any) -> Reply:
        return self.load(**params)[0].answer(request)


@pytest.fixture
def case(user_modules: Path, tmp_path: Path) -> Case:
    folder = tmp_path / "user code"
    folder.mkdir()
    return Case(folder, tmp_path).write(TWO_LINES)


def ask(pages: int = 1, system_prompt: str = "", **generation: Any) -> Request:
    paths = [Page("", f"/pages/{number}.png") for number in range(pages)]
    return Request("id", "what?", system_prompt, paths, Generation(**generation))


def test_two_lines_are_a_model(case: Case):
    reply = case.answer(ask())

    assert "WHAT?" == reply.text
    assert reply.generate_s is not None


def test_the_function_gets_the_path_and_the_prompt(case: Case):
    case.write("def answer(*given):\n    return repr(given)\n")

    assert "('/pages/0.png', 'what?')" == case.answer(ask()).text


def test_several_pages_go_to_the_function_for_several(case: Case):
    case.write(TWO_LINES + "def answer_all(paths, prompt):\n    return ' '.join(paths)\n")

    reply = case.answer(ask(pages=2), pages_function="mine:answer_all")

    assert "/pages/0.png /pages/1.png" == reply.text


def test_one_page_goes_to_the_function_for_one_even_if_there_is_another(case: Case):
    case.write(TWO_LINES + "def answer_all(paths, prompt):\n    raise AssertionError\n")

    assert "WHAT?" == case.answer(ask(), pages_function="mine:answer_all").text


def test_several_pages_without_such_a_function_are_refused(case: Case):
    with pytest.raises(SeveralPagesError, match=r"2 pages.*pages_function"):
        case.answer(ask(pages=2))


def test_a_function_is_told_what_it_has_parameters_for(case: Case):
    case.write(
        "def answer(image_path, prompt, *, max_new_tokens, system_prompt, other=1, seed):\n"
        "    return f'{system_prompt} {max_new_tokens} {seed} {other}'\n"
    )

    assert "be brief 9 3 1" == case.answer(ask(1, "be brief", max_new_tokens=9, seed=3)).text


def test_a_system_prompt_is_never_dropped_silently(case: Case):
    with pytest.raises(SystemPromptError, match="mine:answer has no parameter system_prompt"):
        case.answer(ask(system_prompt="be brief"))


def test_what_the_module_loads_is_loaded_once(case: Case):
    case.write("LOADS = []\nLOADS.append(1)\ndef answer(path, prompt):\n    return str(LOADS)\n")
    function, _ = case.load()

    assert ["[1]", "[1]"] == [function.answer(ask()).text, function.answer(ask()).text]


def test_a_function_that_samples_answers_the_same_request_alike(case: Case):
    case.write("import random\ndef answer(path, prompt):\n    return str(random.random())\n")
    function, _ = case.load()

    first = function.answer(ask(seed=5)).text

    assert first != function.answer(ask(seed=6)).text
    assert first == function.answer(ask(seed=5)).text


def test_the_code_is_recorded_by_its_digest(case: Case):
    first = case.load()[1]

    assert first["mine:answer"].startswith("sha256:")
    assert {"mine:answer"} == set(first)


def test_code_that_changed_since_the_run_began_is_refused_before_it_runs(case: Case):
    begun_with = code_sha256(str(case.folder))
    case.load(code_sha256=begun_with)
    case.write("raise AssertionError\n", "helper.py")

    with pytest.raises(CodeChangedError, match="begin another run"):
        case.load(code_sha256=begun_with)


def test_a_function_may_move_the_page_that_it_was_given(case: Case):
    case.write(
        "import os\ndef answer(path, prompt):\n    os.rename(path, path + '.seen')\n"
        "    return prompt\n"
    )
    page = Page("5e2f", content=memoryview(b"sent"))

    assert "what?" == case.answer(Request("id", "what?", "", [page])).text


@pytest.mark.parametrize(
    "value", ["b'text'", "None", "['text']", "object()"], ids=["bytes", "None", "list", "object"]
)
def test_anything_but_text_is_an_invalid_reply(case: Case, value: str):
    case.write(f"def answer(path, prompt):\n    return {value}\n")

    message = outcome("id", case.answer(ask()))

    assert ("failed", "invalid_reply") == (message["type"], message["reason"])
    assert "expected str" in message["error"]["message"]


def test_secrets_are_in_the_environment_of_the_code(case: Case):
    case.write("import os\ndef answer(path, prompt):\n    return os.environ['TOY_KEY']\n")

    assert "hidden" == case.answer(ask()).text


def test_the_module_finds_the_models_weights_while_it_is_imported(case: Case):
    top = "import os\nWEIGHTS = os.environ['VLMHB_WEIGHTS']\n"
    case.write(top + "def answer(path, prompt):\n    return WEIGHTS\n")

    assert "/weights" == case.answer(ask()).text


def test_a_function_that_is_missing_is_named(case: Case):
    with pytest.raises(AttributeError, match="nothing"):
        case.load(function="mine:nothing")


def test_something_that_cannot_be_called_is_refused(case: Case):
    case.write("answer = 'text'\n")

    with pytest.raises(TypeError, match="mine:answer is no function but str"):
        case.load()


def test_a_model_without_a_function_is_told_how_to_name_one(case: Case):
    with pytest.raises(ValueError, match="params lack function: module:function"):
        case.load(function="")


def test_a_relative_folder_is_refused(case: Case):
    with pytest.raises(ValueError, match="absolute"):
        case.load(folder="code")


def test_a_folder_that_is_missing_is_named(case: Case):
    with pytest.raises(FileNotFoundError, match="/nowhere"):
        case.load(folder="/nowhere")


def test_a_module_that_the_env_has_too_is_never_taken_for_the_users(case: Case):
    case.write(TWO_LINES, "random.py")

    with pytest.raises(ImportError, match="rename yours"):
        case.load(function="random:random")


def test_a_module_in_a_package_of_the_folder_is_found(case: Case):
    (case.folder / "deep").mkdir()
    case.write(TWO_LINES, "deep/model.py")

    assert "WHAT?" == case.answer(ask(), function="deep.model:answer").text
