"""A folder as VLMHyperBench's users have them: datasets, prompts, vlm_base.csv, user_config.csv."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from tests.workspace import HEADER

USER_HEADER = (
    "dataset;task;framework;model_name;system_prompt;prompt_collection;metrics;"
    "only_evaluate_metrics;metrics_aggregators;filter_doc_class;filter_question_type"
)
BASE_HEADER = (
    "framework;model_family;model_name;docker_image;git_python_package;python_package;module;"
    "class_name"
)
ALL = "['by_id', 'by_doc_question', 'by_doc_type', 'general']"
FIELDS = ("Фамилия", "Имя")
PASSPORTS = ("Осипов", "Иван", "Кузнецова", "Анна")
INVOICES = ("007", "ООО «Ромашка»")


@dataclass(frozen=True, slots=True)
class VhbProject:
    """Its files, and how to write more of them."""

    path: Path

    @classmethod
    def create(cls, path: Path, *, with_config: bool = True) -> "VhbProject":
        """Two datasets, a collection, a system prompt, and vlm_base.csv with three models."""
        project = cls(path)
        project.write_dataset(
            "demo",
            [
                *[("passport", FIELDS[n % 2], text) for n, text in enumerate(PASSPORTS)],
                *[("invoice", ("Номер", "Продавец")[n], text) for n, text in enumerate(INVOICES)],
            ],
        )
        project.write_dataset("snils", [("snils", FIELDS[n % 2], f"{n}1") for n in range(3)])
        project.write_collection("demo/best.csv", {f"passport {name}": name for name in FIELDS})
        project.write("vlmhyperbench/data_dirs/SystemPrompts/brief.txt", "Кратко.\nБез {лишнего}.")
        project.write_base("Toy-1B", "Toy-2B", "Lonely-3B")
        if with_config:
            project.write_config()
        return project

    @property
    def data(self) -> Path:
        return self.path / "vlmhyperbench" / "data_dirs"

    @property
    def answers(self) -> Path:
        return self.data / "ModelsAnswers"

    @property
    def metrics(self) -> Path:
        return self.data / "ModelsMetrics"

    def write(self, name: str, text: str) -> Path:
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8-sig")
        return file

    def write_dataset(self, name: str, rows: Sequence[tuple[str, str, str]]) -> Path:
        """Rows of class, field and answer, each about a page of its own."""
        folder = self.data / "Datasets" / "VQA" / name
        (folder / "images").mkdir(parents=True)
        lines = [HEADER]
        for number, (doc_class, field, answer) in enumerate(rows):
            Image.new("RGB", (40, 20), (number, len(name), 90)).save(
                folder / f"images/{name}{number}.png"
            )
            lines.append(
                f"{number};test;images/{name}{number}.png;Напиши {field};{answer};{doc_class};"
                f"{field};[1, 2, 3, {number}]"
            )
        file = folder / "annotation.csv"
        file.write_text("\n".join(lines) + "\n", encoding="utf-8-sig")
        return file

    def write_collection(self, name: str, prompts: dict[str, str]) -> Path:
        lines = [f"Прочти {{{text}}}.;{key};0.0" for key, text in prompts.items()]
        text = "\n".join(["prompt;doc_class_question_type;cer", *lines])
        return self.write(f"vlmhyperbench/data_dirs/PromptCollections/VQA/{name}", text)

    def write_base(self, *names: str, framework: str = "Hugging Face") -> Path:
        lines = [
            f"{framework};Toy;{name};registry/toy:1;git+https://git.invalid/model_toy.git@0.1.1;"
            "model_toy;models;ToyModel"
            for name in names
        ]
        return self.write("vlmhyperbench/vlm_base.csv", "\n".join([BASE_HEADER, *lines]) + "\n")

    def write_config(self, **changes: object) -> Path:
        content: dict[str, object] = {
            "user_config": "user_config.csv",
            "vlm_base": "vlmhyperbench/vlm_base.csv",
            "data_dirs": {
                "datasets": "vlmhyperbench/data_dirs/Datasets",
                "model_answers": "vlmhyperbench/data_dirs/ModelsAnswers",
            },
            "system_dirs": {"cfg": "vlmhyperbench/system_dirs/cfg"},
        }
        return self.write(
            "vlmhyperbench/system_dirs/cfg/VLMHyperBench_config.json",
            json.dumps(content | changes),
        )

    def write_rows(self, *rows: str, name: str = "user_config.csv") -> Path:
        """user_config.csv with these rows."""
        return self.write(name, "\n".join([USER_HEADER, *rows]))

    def write_answers(self, stem: str, rows: Sequence[tuple[str, str]]) -> Path:
        lines = ["id;model_answer", *(f"{number};{text}" for number, text in rows)]
        self.answers.mkdir(parents=True, exist_ok=True)
        file = self.answers / f"{stem}.csv"
        file.write_text("\n".join(lines) + "\n", encoding="utf-8-sig")
        return file


def user_row(dataset: str = "demo", model: str = "Toy-1B", **cells: str) -> str:
    """A row of user_config.csv."""
    values = {
        "dataset": dataset,
        "task": "VQA",
        "framework": "Hugging Face",
        "model_name": model,
        "metrics": "['CER']",
        "only_evaluate_metrics": "False",
        "metrics_aggregators": ALL,
    } | cells
    return ";".join(values.get(name, "") for name in USER_HEADER.split(";"))
