"""A small configs tree to break in tests."""

from pathlib import Path

RUN = """\
models: [reader]
tasks: [pages]
"""
MODEL = """\
backend: vlmhb_worker.backends.toy:ToyBackend
env: light
answers: reply
"""
TASK = """\
version: "1"
dataset:
  name: pages
  format: annotation_csv
  root: pages
  annotation: annotation.csv
  licence: none
prompt: "{{ question }}"
metrics:
  reply: [anls]
"""
ENVSPEC = """\
python: ">=3.10"
requirements: []
imports: [msgpack]
"""


def write(path: Path, text: str | bytes) -> Path:
    """The file with this content, its folders made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def write_tree(root: Path) -> Path:
    """A run with one model, one task, one envspec and one (empty) dataset folder."""
    write(root / "configs/runs/small.yaml", RUN)
    write(root / "configs/models/reader.yaml", MODEL)
    write(root / "configs/tasks/pages.yaml", TASK)
    write(root / "envspecs/light/envspec.yaml", ENVSPEC)
    (root / "configs/data/pages").mkdir(parents=True)
    return root
