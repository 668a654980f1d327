"""VLMHyperBench's contract, as its wrapper packages use it."""

import importlib
import importlib.util
from pathlib import Path
from typing import Any

import pytest
from vlmhb_worker.model_interface import (
    ModelFactory,
    ModelInterface,
    lend_model_interface,
    measure_inference_time,
)

WRAPPER = """
from model_interface.model_interface import ModelInterface

class Wrapper(ModelInterface):
    def predict_on_image(self, image, question):
        return image + question
    def predict_on_images(self, images, question):
        return "".join(images) + question
"""


class Complete(ModelInterface):
    def predict_on_image(self, image: Any, question: str) -> str:
        return ""

    def predict_on_images(self, images: list[Any], question: str) -> str:
        return ""


def test_a_wrapper_keeps_what_it_is_created_with_and_has_no_framework_yet():
    wrapper = Complete("name", "prompt", "cache")

    assert ("name", "prompt", "cache", "") == (
        wrapper.model_name,
        wrapper.system_prompt,
        wrapper.cache_dir,
        wrapper.framework,
    )


@pytest.mark.parametrize("kept", ["predict_on_image", "predict_on_images"])
def test_a_wrapper_must_answer_about_one_image_and_about_several(kept: str):
    half = type("Half", (ModelInterface,), {kept: getattr(Complete, kept)})

    with pytest.raises(TypeError, match="abstract"):
        half("name", "prompt", "cache")


def test_a_registered_class_is_created_with_the_params_by_name(user_modules: Path):
    ModelFactory.register_model("family", f"{__name__}:Complete")

    model = ModelFactory.get_model(
        "family", {"system_prompt": "b", "cache_dir": "c", "model_name": "a"}
    )

    assert isinstance(model, Complete)
    assert ("a", "b", "c") == (model.model_name, model.system_prompt, model.cache_dir)


def test_a_class_without_params_is_created_without_any(user_modules: Path):
    (user_modules / "bare.py").write_text("class Bare:\n    pass\n")
    ModelFactory.register_model("bare", "bare:Bare")

    assert "Bare" == type(ModelFactory.get_model("bare")).__name__


def test_registering_imports_at_once(user_modules: Path):
    with pytest.raises(ModuleNotFoundError, match="never_installed"):
        ModelFactory.register_model("family", "never_installed:Wrapper")


def test_registering_names_a_class_that_is_missing(user_modules: Path):
    with pytest.raises(AttributeError, match="Nothing"):
        ModelFactory.register_model("family", f"{__name__}:Nothing")


@pytest.mark.parametrize("path", ["no_colon", "two:colons:here"])
def test_a_path_has_one_colon(path: str):
    with pytest.raises(ValueError, match="unpack"):
        ModelFactory.register_model("family", path)


def test_a_family_registered_twice_is_the_later_one(user_modules: Path):
    ModelFactory.register_model("family", f"{__name__}:Complete")
    ModelFactory.register_model("family", "builtins:dict")

    assert {} == ModelFactory.get_model("family")


def test_a_family_nobody_registered_is_named():
    with pytest.raises(ValueError, match="Model 'unknown' is not registered"):
        ModelFactory.get_model("unknown")


def test_measuring_a_call_passes_everything_on():
    seen: list[object] = []

    seconds = measure_inference_time(lambda *a, **k: seen.append((a, k)), 1, two=2)

    assert [((1,), {"two": 2})] == seen
    assert seconds >= 0


def test_an_env_without_the_package_is_lent_it_with_the_same_registry(user_modules: Path):
    (user_modules / "wrapper.py").write_text(WRAPPER)

    assert lend_model_interface()
    assert lend_model_interface()

    factory = importlib.import_module("model_interface.model_factory").ModelFactory
    factory.register_model("lent", "wrapper:Wrapper")
    assert factory is ModelFactory
    assert isinstance(ModelFactory.get_model("lent", PARAMS), ModelInterface)


PARAMS = {"model_name": "", "system_prompt": "", "cache_dir": ""}


def test_every_way_to_import_it_leads_to_the_same_classes(user_modules: Path):
    lend_model_interface()
    (user_modules / "ways.py").write_text(
        "import model_interface.model_factory\n"
        "from model_interface import model_factory, model_interface as interface\n"
        "from model_interface.model_utils import measure_inference_time\n"
        "one = model_interface.model_factory.ModelFactory\n"
        "two = model_factory.ModelFactory\n"
        "three = interface.ModelInterface\n"
    )

    ways = importlib.import_module("ways")

    assert ways.one is ways.two is ModelFactory
    assert ways.three is ModelInterface
    assert importlib.util.find_spec("model_interface") is not None


def test_an_installed_package_is_left_as_it_is(user_modules: Path):
    package = user_modules / "model_interface"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "model_factory.py").write_text("class ModelFactory:\n    mine = True\n")

    assert not lend_model_interface()

    assert importlib.import_module("model_interface.model_factory").ModelFactory.mine
    assert not lend_model_interface(), "now that it is imported"
