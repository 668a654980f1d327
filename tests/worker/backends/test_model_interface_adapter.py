"""Wrappers written for VLMHyperBench run as they are, with everything odd that they do."""

from pathlib import Path
from typing import Any

import pytest
from vlmhb_worker import failures
from vlmhb_worker.backend import LoadJob, Page, PageError, Reply, Request
from vlmhb_worker.backends.model_interface_adapter import ModelInterfaceAdapter
from vlmhb_worker.backends.user_code import ExitCalledError, OutOfMemoryError, SystemPromptError
from vlmhb_worker.outcomes import outcome

WRAPPER = """
import os
from model_interface.model_interface import ModelInterface

class Wrapper(ModelInterface):
    def __init__(self, model_name="default", system_prompt="", cache_dir="model_cache"):
        super().__init__(model_name, system_prompt, cache_dir)
        self.framework = "Hugging_Face"

    def predict_on_image(self, image, question):
        return f"{type(image).__name__} {image} {question}"

    def predict_on_images(self, images, question):
        return f"{type(images).__name__} {' '.join(images)} {question}"
"""

SELF_REGISTERED = """
from model_interface.model_interface import ModelInterface

class Wrapper(ModelInterface):
    def __init__(self, model_name, system_prompt, cache_dir, device_map=None):
        self.model_name = model_name
        print("WARNING: flash_attn is not here")

    def predict_on_image(self, image, prompt):
        return self.model_name

    def predict_on_images(self, images, prompt):
        return self.model_name

from model_interface.model_factory import ModelFactory
ModelFactory.register_model("Self", "wrapper.models:Wrapper")
"""


class Case:
    """A wrapper package and what becomes of it."""

    def __init__(self, folder: Path, scratch: Path) -> None:
        self.package = folder / "wrapper"
        self.package.mkdir()
        (self.package / "__init__.py").write_text("")
        self.scratch = scratch

    def write(self, text: str) -> "Case":
        (self.package / "models.py").write_text(text, encoding="utf-8")
        return self

    def write_call(self, body: str) -> "Case":
        """A wrapper whose answer about one image is this body of a function."""
        text = WRAPPER.replace('return f"{type(image)', f'{body}\n        return f"{{type(image)')
        return self.write(text)

    def load(
        self, weights: str = "", **params: Any
    ) -> tuple[ModelInterfaceAdapter, dict[str, str]]:
        given = {
            "class_path": "wrapper.models:Wrapper",
            "model_family": "Family",
            "model_name": "Name-2B",
            **params,
        }
        adapter = ModelInterfaceAdapter()
        facts = adapter.load(LoadJob(given, str(self.scratch), 0, weights=weights), lambda *_: None)
        return adapter, facts

    def answer(self, request: Request, **params: Any) -> Reply:
        return self.load(**params)[0].answer(request)


@pytest.fixture
def case(user_modules: Path, tmp_path: Path) -> Case:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    return Case(user_modules, scratch).write(WRAPPER)


def ask(*pages: str, system_prompt: str = "") -> Request:
    return Request("id", "what?", system_prompt, [Page("", path) for path in pages])


def test_one_page_is_a_path_in_text(case: Case):
    reply = case.answer(ask("/pages/a.png"))

    assert "str /pages/a.png what?" == reply.text
    assert reply.generate_s is not None


def test_several_pages_are_a_list_of_paths(case: Case):
    assert "list /a.png /b.png what?" == case.answer(ask("/a.png", "/b.png")).text


def test_a_page_that_came_as_bytes_is_a_file_in_scratch(case: Case):
    request = Request("id", "what?", "", [Page("5e2f", content=memoryview(b"x"))])

    text = case.answer(request).text

    assert f"str {case.scratch}/" in text
    assert [] == list(case.scratch.iterdir())


def test_a_request_without_a_page_is_the_inputs_fault(case: Case):
    with pytest.raises(PageError):
        case.answer(ask())


def test_exactly_three_params_reach_the_class_by_name(case: Case):
    case.write(
        WRAPPER.replace(
            "super().__init__(model_name, system_prompt, cache_dir)",
            "self.given = dict(locals())",
        ).replace('return f"{type(image).__name__} {image} {question}"', "return str(self.given)")
    )
    adapter, _ = case.load(system_prompt="be brief", cache_dir="/cache")

    text = adapter.answer(ask("/a.png")).text

    for part in ("'model_name': 'Name-2B'", "'system_prompt': 'be brief'", "'cache_dir': '/cache'"):
        assert part in text


def test_the_default_cache_is_in_scratch(case: Case):
    case.write_call("return self.cache_dir")

    assert str(case.scratch / "model_cache") == case.answer(ask("/a.png")).text


def test_a_wrapper_that_registers_itself_prints_and_does_without_super(case: Case):
    case.write(SELF_REGISTERED)

    reply = case.answer(ask("/a.png"), class_path="wrapper.models", model_family="Self")

    assert "Name-2B" == reply.text


def test_a_wrapper_that_registers_itself_may_be_registered_once_more(case: Case):
    case.write(SELF_REGISTERED)

    assert "Name-2B" == case.answer(ask("/a.png"), model_family="Self").text


def test_the_question_goes_by_position_whatever_the_wrapper_calls_it(case: Case):
    case.write(WRAPPER.replace("question", "prompt"))

    assert case.answer(ask("/a.png")).text.endswith("what?")


def test_facts_name_the_class_and_whose_contract_it_uses(case: Case):
    facts = case.load()[1]

    assert "wrapper.models:Wrapper" == facts["wrapper"]
    assert "Hugging_Face" == facts["framework"]
    assert "vlmhb" == facts["model_interface"]


def test_a_wrapper_without_a_framework_is_fine(case: Case):
    case.write(SELF_REGISTERED)

    assert "" == case.load()[1]["framework"]


def test_an_installed_model_interface_is_asked_when_there_is_one(case: Case, user_modules: Path):
    package = user_modules / "model_interface"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "model_interface.py").write_text("class ModelInterface:\n    pass\n")
    (package / "model_factory.py").write_text(
        "class ModelFactory:\n"
        "    made = {}\n"
        "    @classmethod\n"
        "    def register_model(cls, name, path):\n"
        "        cls.made[name] = path\n"
        "    @classmethod\n"
        "    def get_model(cls, name, params):\n"
        "        from wrapper.models import Wrapper\n"
        "        made = Wrapper.__new__(Wrapper)\n"
        "        made.cache_dir = cls.made[name] + ' through the installed one'\n"
        "        return made\n"
    )
    case.write_call("return self.cache_dir")

    adapter, facts = case.load()

    assert "installed" == facts["model_interface"]
    assert "wrapper.models:Wrapper through the installed one" == adapter.answer(ask("/a")).text


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("return None", "NoneType"),
        ("return type('RequestOutput', (), {})()", "RequestOutput"),
        ("return [image]", "list"),
    ],
)
def test_anything_but_text_is_an_invalid_reply_that_names_the_type(
    case: Case, body: str, kind: str
):
    message = outcome("id", case.write_call(body).answer(ask("/a.png")))

    assert ("failed", "invalid_reply") == (message["type"], message["reason"])
    assert kind in message["error"]["message"]


def test_a_full_gpu_in_the_wrappers_words_is_out_of_memory(case: Case):
    case.write_call("raise RuntimeError('Превышен лимит GPU-памяти')")

    with pytest.raises(OutOfMemoryError) as caught:
        case.answer(ask("/a.png"))

    assert "oom" == failures.reason_of(caught.value)


def test_a_wrapper_that_exits_fails_its_request_only(case: Case):
    adapter, _ = case.write_call("exit(1) if '/bad' in image else None").load()

    outcomes = dict(adapter.answer_batch([ask("/bad.png")]))

    assert isinstance(outcomes["id"], ExitCalledError)
    assert isinstance(adapter.answer(ask("/good.png")), Reply)


def test_a_wrapper_that_exits_while_it_is_created_is_a_failed_load(case: Case):
    case.write(
        WRAPPER.replace("super().__init__", "raise SystemExit('no GPU')\n        super().__init__")
    )

    with pytest.raises(ExitCalledError, match="no GPU"):
        case.load()


def test_a_wrapper_that_samples_answers_the_same_request_alike(case: Case):
    case.write_call("import random\n        return str(random.random())")
    adapter, _ = case.load()

    assert adapter.answer(ask("/a")).text == adapter.answer(ask("/a")).text


def test_a_tasks_system_prompt_is_never_dropped_silently(case: Case):
    with pytest.raises(SystemPromptError, match="system_prompt_as"):
        case.answer(ask("/a.png", system_prompt="be brief"))


def test_a_tasks_system_prompt_that_the_wrapper_has_already_is_fine(case: Case):
    request = ask("/a.png", system_prompt="be brief")

    assert case.answer(request, system_prompt="be brief").text.endswith("what?")


def test_a_tasks_system_prompt_can_be_put_before_the_question(case: Case):
    request = ask("/a.png", system_prompt="be brief")

    reply = case.answer(request, system_prompt_as="question")

    assert reply.text.endswith("be brief\n\nwhat?")


def test_a_tasks_system_prompt_can_be_set_on_the_wrapper_for_one_request(case: Case):
    adapter, _ = case.write_call("return self.system_prompt").load(
        system_prompt="own", system_prompt_as="attribute"
    )

    assert "the task's" == adapter.answer(ask("/a", system_prompt="the task's")).text
    assert "own" == adapter.answer(ask("/a")).text


def test_weights_in_the_hubs_cache_are_found_by_their_name(
    case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    hub = tmp_path / "hub"
    monkeypatch.setenv("HF_HUB_CACHE", str(hub))
    weights = hub / "models--Org--Name-2B" / "snapshots" / ("0" * 40)
    weights.mkdir(parents=True)
    (weights / "config.json").write_text("{}")
    case.write_call("return self.cache_dir")

    reply = case.load(weights=str(weights))[0].answer(ask("/a.png"))

    assert str(hub) == reply.text
    assert "{}" == (case.scratch / "Org" / "Name-2B" / "config.json").read_text()


def test_a_wrapper_finds_further_repos_in_the_workers_own_cache(
    case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Wherever its weights lie: the user's cache is never what it is given."""
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "view"))
    weights = tmp_path / "users/models--Org--Name-2B/snapshots" / ("0" * 40)
    weights.mkdir(parents=True)
    case.write_call("return self.cache_dir")

    assert str(tmp_path / "view") == case.load(weights=str(weights))[0].answer(ask("/a")).text


def test_weights_from_a_folder_are_found_by_the_name_that_is_given(case: Case, tmp_path: Path):
    weights = tmp_path / "weights"
    weights.mkdir()

    case.load(weights=str(weights), weights_name="Org/Name-2B")

    assert weights == (case.scratch / "Org" / "Name-2B").resolve()


def test_weights_from_a_folder_without_a_name_are_refused(case: Case, tmp_path: Path):
    with pytest.raises(ValueError, match="weights_name"):
        case.load(weights=str(tmp_path))


@pytest.mark.parametrize("missing", ["class_path", "model_family", "model_name"])
def test_a_param_that_is_missing_is_named(case: Case, missing: str):
    with pytest.raises(ValueError, match=f"params lack {missing}"):
        case.load(**{missing: ""})


def test_a_way_that_does_not_exist_is_refused(case: Case):
    with pytest.raises(ValueError, match="expected attribute or question"):
        case.load(system_prompt_as="magic")
