"""The contract of VLMHyperBench's wrapper packages: what they inherit from and register with.

Wrappers import it as `model_interface`. `lend_model_interface` makes that name work in envs that
lack the package; where it is installed, it stays what it is.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
import time
from abc import ABC, abstractmethod
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any, Callable, ClassVar

PACKAGE = "model_interface"
MODULES = ("model_factory", "model_interface", "model_utils")


class ModelInterface(ABC):
    """A model that is asked about one image or several; wrappers subclass it.

    Nothing here relies on `__init__` having run: some wrappers do not call it.
    """

    def __init__(self, model_name: str, system_prompt: str, cache_dir: str) -> None:
        self.model_name = model_name
        self.system_prompt = system_prompt
        self.cache_dir = cache_dir
        self.framework = ""

    @abstractmethod
    def predict_on_image(self, image: Any, question: str) -> str:
        """The answer to `question` about `image`, in practice a path."""

    @abstractmethod
    def predict_on_images(self, images: list[Any], question: str) -> str:
        """The answer to `question` about `images`, in their order."""


class ModelFactory:
    """The classes that wrappers have registered, by the name of the model's family."""

    _models: ClassVar[dict[str, Any]] = {}

    @classmethod
    def register_model(cls, model_name: str, model_path: str) -> None:
        """Import the class at `package.module:ClassName` now, and keep it as `model_name`.

        Raises:
            ValueError: `model_path` has not exactly one colon.
            ImportError: there is no such module.
            AttributeError: the module has no such class.
        """
        module_name, class_name = model_path.split(":")
        cls._models[model_name] = getattr(importlib.import_module(module_name), class_name)

    @classmethod
    def get_model(cls, model_name: str, model_init_params: dict[str, Any] | None = None) -> Any:
        """A new instance of the class registered as `model_name`.

        Raises:
            ValueError: nothing is registered under this name.
        """
        if model_name not in cls._models:
            raise ValueError(f"Model '{model_name}' is not registered.")
        return cls._models[model_name](**(model_init_params or {}))


def measure_inference_time(model_callable: Callable[..., Any], *args: Any, **kwargs: Any) -> float:
    """How many seconds the call takes; what it returns is dropped."""
    started = time.monotonic()
    model_callable(*args, **kwargs)
    return time.monotonic() - started


def lend_model_interface() -> bool:
    """True when `import model_interface` leads here, False when the env has the package itself."""
    if PACKAGE in sys.modules:
        return sys.modules[PACKAGE].__spec__ is _SPEC
    if importlib.util.find_spec(PACKAGE) is not None:
        return False
    package = ModuleType(PACKAGE, __doc__)
    package.__spec__ = _SPEC
    package.__path__ = []
    sys.modules[PACKAGE] = package
    here = sys.modules[__name__]
    for name in MODULES:
        sys.modules[f"{PACKAGE}.{name}"] = here
        setattr(package, name, here)
    return True


_SPEC = ModuleSpec(PACKAGE, None, origin=__file__, is_package=True)
