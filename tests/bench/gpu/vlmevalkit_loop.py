"""VLMEvalKit's own loop: `ENV/bin/python -B -m tests.bench.gpu.vlmevalkit_loop JOB PACKAGES`.

PACKAGES is a folder with `ms-vlmeval` and what its loop needs; the env's own packages go first. The
loop is unmodified, the model is that of the bare loop: what is compared is how it is asked. The
packages around the loop import every model and dataset there is, so empty ones stand in for them.
"""

import importlib
import importlib.util
import sys
import time
import types
from pathlib import Path
from typing import Any

from tests.bench.gpu.job import Job, Told
from tests.bench.gpu.plain_model import PlainModel


class Asked:
    """The bare loop's model, with the methods that VLMEvalKit calls."""

    is_api = False

    def __init__(self, model: PlainModel) -> None:
        self._model = model

    def set_dump_image(self, dump_image: object) -> None:
        """Nothing: the pages are files already."""

    def generate(self, message: list[dict[str, str]], dataset: str) -> str:
        """The answer to one question."""
        values = {part["type"]: part["value"] for part in message}
        return self._model.answer(values["image"], values["text"])


def main() -> None:
    job = Job.read(Path(sys.argv[1]))
    inference, dataset_kind = vlmevalkit(sys.argv[2])
    dataset = pages(dataset_kind, job)
    model = PlainModel(job)
    answers = Path(job.scratch) / "answers.pkl"
    began_s = time.perf_counter()
    inference.infer_data(Asked(model), "plain", job.scratch, dataset, str(answers))
    Told.of(model, began_s, inference.load(str(answers))).write(Path(job.told))


def pages(kind: Any, job: Job) -> Any:
    """The questions as a dataset of this kind, but for `evaluate`, which its loop never calls."""
    pandas = importlib.import_module("pandas")
    concrete: Any = type("Pages", (kind,), {"evaluate": None})
    dataset = concrete.__new__(concrete)
    dataset.dataset_name, dataset.meta_only = "pages", True
    dataset.data = pandas.DataFrame(
        [{"index": one.id, "image_path": one.page, "question": one.prompt} for one in job.questions]
    )
    return dataset


def vlmevalkit(packages: str) -> tuple[Any, Any]:
    """(its module with the loop, its class of datasets with pages)."""
    sys.path.append(packages)
    found = importlib.util.find_spec("vlmeval")
    assert found
    assert found.origin
    root = Path(found.origin).parent
    _stand_in("vlmeval", __path__=[str(root)])
    _stand_in("vlmeval.config", supported_VLM={})
    _stand_in("vlmeval.dataset", __path__=[str(root / "dataset")])
    inference = importlib.import_module("vlmeval.inference")
    return inference, importlib.import_module("vlmeval.dataset.image_base").ImageBaseDataset


def _stand_in(name: str, **members: Any) -> None:
    module = types.ModuleType(name)
    vars(module).update(members)
    sys.modules[name] = module


if __name__ == "__main__":
    main()
