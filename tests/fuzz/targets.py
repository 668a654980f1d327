"""What reads bytes that others wrote: each may refuse them in our own words, and nothing else."""

import csv
import io
import json
import struct
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import msgpack
from vlmhb_worker.wire import ProtocolError

from tests.fuzz.frames import SESSION, Host, framed
from tests.unit.config.files import ENVSPEC, MODEL, RUN, TASK, write, write_tree
from tests.unit.datasets.files import HEADER as COLUMNS
from tests.unit.datasets.files import row, write_dataset
from tests.unit.datasets.tables import b64, png, write_table
from tests.unit.exchange.runs import row as sample_row
from tests.unit.exchange.runs import task_of
from tests.vhb_project import USER_HEADER, VhbProject, user_row
from vlmhb.config import load_run
from vlmhb.config.envspec_file import read_envspec
from vlmhb.config.library import Library
from vlmhb.config.model_file import read_model
from vlmhb.config.prompt_file import read_prompts
from vlmhb.config.task_file import read_task
from vlmhb.datasets.catalog import find
from vlmhb.domain.digest import canonical_json
from vlmhb.domain.run import LoadedTask
from vlmhb.domain.task import DatasetRef
from vlmhb.errors import VlmhbError
from vlmhb.exchange.given import GivenFile, Wanted
from vlmhb.store.attempts import read_attempts
from vlmhb.store.decisions import read_decisions
from vlmhb.store.inputs import read_inputs, write_inputs
from vlmhb.store.journal import read_journal
from vlmhb.store.journal_lines import HEADER
from vlmhb.store.manifest import MANIFEST, RunManifest, read_manifest
from vlmhb.store.telemetry import HEADER as TELEMETRY
from vlmhb.store.telemetry import read_telemetry
from vlmhb.system.page_cache import PageCache

Read: TypeAlias = Callable[[bytes], object]
REFUSALS = (VlmhbError, ProtocolError)


@dataclass(frozen=True, slots=True)
class Target:
    """A reader, and what it is fed with."""

    name: str
    in_folder: Callable[[Path], Read]
    """Makes the reader; it may lay out files in the folder."""
    seeds: tuple[bytes, ...]
    """Inputs that are read to their end, or nearly."""
    words: tuple[bytes, ...] = ()
    """What such inputs are made of."""


def feed(read: Read, content: bytes) -> bool:
    """True when it is taken, False when it is refused; whatever else it leads to is a finding."""
    try:
        read(content)
    except REFUSALS:
        return False
    return True


PACKED = tuple(
    msgpack.packb(message)
    for message in SESSION
    if message["type"] not in ("hello", "load_failed", "pong") and message.get("id") != "third"
)
"""What may come after the greeting, without the long one."""


def _frames(folder: Path) -> Read:
    host = Host(folder)

    def read(content: bytes) -> None:
        try:
            host.hear(content)
        except ProtocolError:
            host.clear()
            raise

    return read


def _conversation(folder: Path) -> Read:
    """Bodies behind right headers: `length, body`, again and again."""
    hear = _frames(folder)

    def read(content: bytes) -> None:
        frames, at = b"", 0
        while at + 2 <= len(content):
            (size,) = struct.unpack_from(">H", content, at)
            frames += framed(content[at + 2 : at + 2 + size])
            at += 2 + size
        hear(frames)

    return read


def _bodies(*bodies: bytes) -> bytes:
    return b"".join(struct.pack(">H", len(body)) + body for body in bodies)


def _annotation_csv(folder: Path) -> Read:
    return _dataset(write_dataset(folder, row()), folder / "annotation.csv")


def _vlmeval_tsv(folder: Path) -> Read:
    (folder / "a.png").write_bytes(png())
    options = {"images": "."}
    return _dataset(write_table(folder, b"", options), folder / "table.tsv")


def _jsonl(folder: Path) -> Read:
    (folder / "a.png").write_bytes(png())
    return _dataset(
        DatasetRef("j", "jsonl", str(folder), "val.jsonl", "none"), folder / "val.jsonl"
    )


def _dataset(dataset: DatasetRef, file: Path) -> Read:
    pages = PageCache(file.parent / "cache")

    def read(content: bytes) -> object:
        file.write_bytes(content)
        return find(dataset.format).read(dataset, pages)

    return read


def _given(suffix: str) -> Callable[[Path], Read]:
    def in_folder(folder: Path) -> Read:
        file = folder / f"answers{suffix}"

        def read(content: bytes) -> object:
            file.write_bytes(content)
            return GivenFile.read("theirs", file, Wanted()).by_sample({"0", "1", "2"})

        return read

    return in_folder


def _user_config(folder: Path) -> Read:
    write(folder / "envspecs/light/envspec.yaml", ENVSPEC)
    write(folder / "configs/models/toy-1b.yaml", MODEL)
    VhbProject.create(folder)

    def read(content: bytes) -> object:
        (folder / "user_config.csv").write_bytes(content)
        return load_run("user_config.csv", cwd=folder)

    return read


def _run_yaml(folder: Path) -> Read:
    """With all that it names, which is sound."""
    write_tree(folder)

    def read(content: bytes) -> object:
        write(folder / "configs/runs/small.yaml", content)
        return load_run("small", cwd=folder)

    return read


def _yaml(name: str, reader: Callable[[Path, str, Library], object]) -> Callable[[Path], Read]:
    def in_folder(folder: Path) -> Read:
        write_tree(folder)
        library = Library.standard(folder)

        def read(content: bytes) -> object:
            return reader(write(folder / name, content), name, library)

        return read

    return in_folder


def _journal_lines(folder: Path) -> Read:
    """Lines whose checksums are right."""
    return _with_checksums(_file("answers.jsonl", read_journal)(folder), canonical_json(HEADER))


def _with_checksums(read: Read, header: str = "") -> Read:
    first = (header.encode(),) if header else ()

    def read_lines(content: bytes) -> object:
        return read(b"".join(map(_line, (*first, *content.split(b"\n")))))

    return read_lines


def _file(name: str, reader: Callable[[Path], object]) -> Callable[[Path], Read]:
    def in_folder(folder: Path) -> Read:
        return lambda content: reader(write(folder / name, content))

    return in_folder


def _trouble(folder: Path) -> Read:
    """Lines of attempts.jsonl whose checksums are right."""
    return _with_checksums(_file("attempts.jsonl", read_attempts)(folder))


def seeds_of_a_run(folder: Path) -> Mapping[str, bytes]:
    """What the store writes: a manifest and inputs."""
    manifest = RunManifest("run", "0", (), {"t": "d" * 64}, {"seed": "0"}, "run.yaml", 0)
    tasks: tuple[LoadedTask, ...] = (task_of(sample_row(0, "one"), sample_row(1, "two")),)
    write_inputs(folder / "inputs.json", tasks)
    return {
        "manifest": MANIFEST.dump_json(manifest),
        "inputs": (folder / "inputs.json").read_bytes(),
    }


def _line(text: bytes) -> bytes:
    return b"%08x %s\n" % (zlib.crc32(text), text)


JOURNAL_RECORDS = (
    '{"error":{"message":"no","traceback":"","type":"E"},"reason":"oom","request_id":"b"}',
    '{"request_id":"a","text":"\\ud800 text"}',
)
JOURNAL = b"".join(_line(one.encode()) for one in (canonical_json(HEADER), *JOURNAL_RECORDS))
TROUBLES = b"""\
{"cause":"SIGSEGV","kind":"suspects","model":"m","requests":["a","b"],"segment":0}
{"cause":"","kind":"intent","model":"m","requests":["a"],"segment":1}"""
DECISIONS = b"""{"decisions":[{"state":"chosen","model":"m","note":"best"}],"schema_version":1}"""
LIFE = {
    "segment": 0,
    "model": "m",
    "start": 0,
    "gpu": None,
    "totals": {"alive_s": 2.5},
    "readings": [{"at_s": 1.0, "over_s": 1.0}],
}
TELEMETRY_LINES = "".join(f"{json.dumps(one)}\n" for one in (TELEMETRY, LIFE)).encode()


def _csv(*rows: tuple[str, ...], delimiter: str = ",") -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows(rows)
    return text.getvalue().encode()


QUOTES = (b'"', b'""', b"\n", b"\r\n", b"\r", b"\0", b"\xef\xbb\xbf", b"\xff", b"\xff\xfe")
JSON_WORDS = (b"1e999", b"NaN", b"-Infinity", b'"\\ud800"', b"\\u0000", b"[" * 40, b"9" * 40)
YAML_WORDS = (
    *(b"&a ", b"*a", b"<<: *a", b"!!python/object:os.system ", b"!!binary ", b"!!timestamp "),
    *(b"|\n", b">\n", b"? ", b"- ", b": ", b"---\n", b"...\n", b"%YAML 9.9\n", b"{", b"["),
    *(
        b"0x1p3",
        b"1:30",
        b".inf",
        b".nan",
        b"1e999",
        b"\t",
        b"\\ud800",
        b"\xef\xbb\xbf",
        b"\xff\xfe",
    ),
)
PROMPT_SET = b"""\
version: "1"
default: {prompt: "{{ question }}"}
classes: {invoice: {prompt: "{{ question }}!", system_prompt: brief}}
"""

TARGETS: tuple[Target, ...] = (
    Target(
        "frames",
        _frames,
        (b"".join(map(framed, PACKED)), *map(framed, PACKED)),
        (b"VLMB\x00\x02\x00\x00",),
    ),
    Target(
        "conversation",
        _conversation,
        (_bodies(*PACKED), *map(_bodies, PACKED)),
        tuple(msgpack.packb(key) for message in SESSION for key in message),
    ),
    Target(
        "annotation_csv",
        _annotation_csv,
        (
            "\n".join((COLUMNS, row(), row(question='"a;\n""b"'), "")).encode(),
            f"{COLUMNS};language;own\n{row()};ru;x\n".encode("utf-8-sig"),
        ),
        (*QUOTES, b";", b"images/a.png", b"../", *COLUMNS.encode().split(b";")),
    ),
    Target(
        "vlmeval_tsv",
        _vlmeval_tsv,
        (
            f"index\timage\tquestion\tA\tB\tanswer\n1\t{b64(png())}\tq\tx\ty\tA\n2\t1\tq\tx\ty\tB\n".encode(),
            b'index\timage_path\tquestion\tanswer\n1\t"[\'a.png\', ""a.png""]"\tq\t["x"]\n',
            b"index\timage_path\tquestion\tcategory\tsplit\thint\ng_1\ta.png\tq\tc\ttest\tnan\n",
        ),
        (*QUOTES, b"\t", b"a.png", b"['", b"nan", b"1000001", b"g_index", b"multi-choice options"),
    ),
    Target(
        "jsonl",
        _jsonl,
        (
            json.dumps({"image": {"base64": b64(png())}, "question": "q", "answer": "a"}).encode(),
            b'{"image": "a.png", "question": "q", "answers": ["a", 1], "id": 3, "page": null}\n\n',
            b'{"images": ["a.png", "a.png"], "choices": {"A": "x"}, "metadata": {"k": [1.5]}}\n',
        ),
        (*QUOTES, *JSON_WORDS, b'"image"', b'"bytes"', b'"path"', b'"a.png"'),
    ),
    Target(
        "answers.csv",
        _given(".csv"),
        (
            b"\xef\xbb\xbfid;model_answer\n0;one\n2;=3\n",
            _csv(("index", "prediction"), ("0", 'a "quoted"\n one'), ("1.0", "")),
        ),
        (*QUOTES, b";", b",", b"\t", b"id", b"model_answer", b"prediction"),
    ),
    Target(
        "answers.json",
        _given(".json"),
        (b'[{"index": 0, "prediction": "one"}, {"index": 2.0, "prediction": ["=3", null]}]',),
        (*QUOTES, *JSON_WORDS, b'"index"', b'"prediction"'),
    ),
    Target(
        "user_config",
        _user_config,
        (
            "\n".join((USER_HEADER, user_row(), user_row("snils"))).encode("utf-8-sig"),
            f"{USER_HEADER}\n{user_row(metrics='[]', filter_doc_class='passport')}".encode(),
        ),
        (*QUOTES, b";", b"['CER']", b"demo", b"Toy-1B", *USER_HEADER.encode().split(b";")),
    ),
    Target(
        "run_yaml",
        _run_yaml,
        (
            RUN.encode(),
            f"{RUN}limit: 5\nseed: 3\nfilter: {{doc_class: [a]}}\nprompts: []\n".encode(),
        ),
        (
            *YAML_WORDS,
            b"prompts",
            b"filter",
            b"price_per_hour",
            b"max_workers",
            b"prefetch",
            b"../",
        ),
    ),
    Target(
        "task_yaml",
        _yaml("configs/tasks/pages.yaml", read_task),
        (TASK.encode(), f"{TASK}group_by: [[doc_class]]\ngeneration: {{seed: 1}}\n".encode()),
        (*YAML_WORDS, b"{{ question }}", b"{% if", b"%}", b"source", b"url", b"sha256", b"where"),
    ),
    Target(
        "model_yaml",
        _yaml("configs/models/reader.yaml", read_model),
        (
            MODEL.encode(),
            f"{MODEL}weights: {{repo: Org/Name, revision: main}}\nparams: {{a: [1]}}\n".encode(),
            f"{MODEL}secrets: [HF_KEY]\nprompts: {{pages: vlmeval-raw}}\ndescription: d\n".encode(),
        ),
        (*YAML_WORDS, b"secrets", b"params", b"weights", b"path", b"https://u:p@h/", b"gpus"),
    ),
    Target(
        "envspec_yaml",
        _yaml("envspecs/light/envspec.yaml", read_envspec),
        (
            ENVSPEC.encode(),
            f"{ENVSPEC}variables: {{A: b}}\nnetwork: true\nvariants: {{}}\n".encode(),
        ),
        (*YAML_WORDS, b"torch==2.8", b"git+https://", b"interpreter", b"overlay", b"no_deps"),
    ),
    Target(
        "prompts_yaml",
        _yaml("configs/prompts/set.yaml", read_prompts),
        (PROMPT_SET,),
        (*YAML_WORDS, b"{{ ", b" }}", b"{% for", b"|", b"classes", b"fields", b"collection"),
    ),
    Target(
        "journal",
        _file("answers.jsonl", read_journal),
        (JOURNAL,),
        (b"\n", b" ", b"00000000 ", *JSON_WORDS),
    ),
    Target(
        "journal_lines",
        _journal_lines,
        (*(one.encode() for one in JOURNAL_RECORDS), "\n".join(JOURNAL_RECORDS).encode()),
        (b"\n", b'"request_id"', b'"text"', b'"reason"', b'"timing"', b'"usage"', *JSON_WORDS),
    ),
    Target(
        "telemetry",
        _file("telemetry.jsonl", read_telemetry),
        (TELEMETRY_LINES,),
        (b"\n", b'"readings"', b'"totals"', b'"at_s"', *JSON_WORDS),
    ),
    Target(
        "attempts",
        _trouble,
        (TROUBLES, *TROUBLES.split(b"\n")),
        (b"\n", b'"kind"', b'"strike"', b'"requests"', *JSON_WORDS),
    ),
    Target("decisions", _file("decisions.json", read_decisions), (DECISIONS,), JSON_WORDS),
    Target(
        "manifest",
        _file("run.json", read_manifest),
        (b"{}",),
        (b'"segments"', b'"schema_version"', *JSON_WORDS),
    ),
    Target(
        "inputs",
        _file("inputs.json", read_inputs),
        (b"[]",),
        (b'"samples"', b'"task"', *JSON_WORDS),
    ),
)
"""Those whose seeds only the store can write have them from `seeds_of_a_run`."""


def with_seeds(target: Target, folder: Path) -> Target:
    """The same with what a store writes into `folder`."""
    found = seeds_of_a_run(folder).get(target.name)
    seeds = target.seeds if found is None else (*target.seeds, found)
    return Target(target.name, target.in_folder, seeds, target.words)
