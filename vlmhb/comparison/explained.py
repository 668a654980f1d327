"""What differs between two sides besides their answers, and so may explain these."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass

from vlmhb.comparison.aligned import Aligned
from vlmhb.comparison.sides import Side
from vlmhb.domain.digest import Json
from vlmhb.domain.run import Request
from vlmhb.domain.sample import Sample
from vlmhb.env import Difference, difference
from vlmhb.env import Side as EnvSide
from vlmhb.report.figures.differences import ABSENT, differing
from vlmhb.report.figures.origins import machines_of, weights_facts


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that is not the same on both sides."""

    about: str
    a: str
    b: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """Facts of one kind, at least one."""

    title: str
    facts: tuple[Fact, ...]


def side_differences(a: Side, b: Side, days: Mapping[str, str]) -> tuple[Section, ...]:
    """What differs between two models whatever they were asked: most suspect first.

    `days` are release days by `name==version`, for the packages.
    """
    found = _env_difference(a, b, days)
    facts = [
        ("weights", _differing(_weights(a), _weights(b))),
        ("model", _differing(_model(a), _model(b))),
        ("env", _env_facts(found)),
        ("packages", _packages(found)),
        ("as loaded", _differing(_loaded(a), _loaded(b))),
        ("machine", _differing(_machine(a), _machine(b))),
        ("scoring", _differing(_scoring(a), _scoring(b))),
        ("vlmhb", _differing(_program(a), _program(b))),
    ]
    return _sections(facts)


def task_differences(aligned: Aligned) -> tuple[Section, ...]:
    """What differs in what the two were asked on one task."""
    a, b = aligned.a, aligned.b
    asked_a, asked_b = a.request_ids, b.request_ids
    requests = [
        (a.request(asked_a[sample.id]), b.request(asked_b[sample.id]))
        for _, sample in aligned.samples
    ]
    return _sections(
        [
            ("prompts", _prompts(requests)),
            ("generation", _generation(requests)),
            ("samples", _samples(aligned.samples)),
            ("task", _differing(_task(aligned, "a"), _task(aligned, "b"))),
        ]
    )


def _sections(facts: Sequence[tuple[str, Sequence[Fact]]]) -> tuple[Section, ...]:
    return tuple(Section(title, tuple(found)) for title, found in facts if found)


def _differing(a: Json, b: Json) -> list[Fact]:
    """The leaves that are not equal; a mapping without a key lacks what the other has there."""
    return [Fact(row.about, *row.values) for row in differing((a, b))]


def _model(side: Side) -> Json:
    spec = next(model for model in side.run.manifest.models if model.name == side.model)
    return {
        "name": spec.name,
        "backend": spec.backend,
        "answers": spec.answers.value,
        "params": dict(spec.params),
        "weights": None if spec.weights is None else asdict(spec.weights),
        "trust_remote_code": spec.trust_remote_code,
    }


def _weights(side: Side) -> Json:
    loaded = side.run.manifest.weights_of(side.model)
    return {} if loaded is None else weights_facts(loaded)


def _loaded(side: Side) -> Json:
    return [dict(facts) for facts in side.run.origins[side.model].facts]


def _machine(side: Side) -> Json:
    return machines_of(side.run.manifest.segments)


def _scoring(side: Side) -> Json:
    judge = side.run.scoring.judge
    return {"metrics": list(side.run.scoring.metrics), "judge": judge.name if judge else None}


def _program(side: Side) -> Json:
    commits = dict.fromkeys(one.source_commit for one in side.run.manifest.segments)
    levels = dict.fromkeys(one.sandbox_level for one in side.run.manifest.segments)
    return {
        "version": side.run.manifest.vlmhb,
        "commit": [commit for commit in commits if commit],
        "sandbox level": list(levels),
        "seed": side.run.manifest.seed,
    }


def _env_difference(a: Side, b: Side, days: Mapping[str, str]) -> Difference | None:
    """Of the envs that gave the last answers; None where a side has none, as imported answers."""
    envs = [side.run.origins[side.model].envs[-1:] for side in (a, b)]
    if not all(envs):
        return None
    (one,), (other,) = envs
    return difference(EnvSide.of_env(one), EnvSide.of_env(other), days)


def _env_facts(found: Difference | None) -> list[Fact]:
    facts = found.facts if found else ()
    return [Fact(about, a or ABSENT, b or ABSENT) for about, a, b in facts if a != b]


def _packages(found: Difference | None) -> list[Fact]:
    return [
        Fact(
            change.name,
            change.before or ABSENT,
            change.after or ABSENT,
            f"released {change.released}" if change.released else "",
        )
        for change in (found.changes if found else ())
    ]


def _prompts(requests: Sequence[tuple[Request, Request]]) -> list[Fact]:
    """How many samples were asked with another text, and the first of them in full."""
    texts: Mapping[str, Callable[[Request], str]] = {
        "prompt": lambda request: request.prompt,
        "system prompt": lambda request: request.system_prompt,
        "from": lambda request: request.prompt_source,
    }
    return list(_first_differing(texts, requests))


def _first_differing(
    texts: Mapping[str, Callable[[Request], str]], requests: Sequence[tuple[Request, Request]]
) -> Iterator[Fact]:
    for about, text in texts.items():
        pairs = [(text(one), text(other)) for one, other in requests]
        differing = [pair for pair in pairs if pair[0] != pair[1]]
        if differing:
            note = f"in {len(differing)} of {len(pairs)} samples; this is the first of them"
            yield Fact(about, *differing[0], note)


def _generation(requests: Sequence[tuple[Request, Request]]) -> list[Fact]:
    """Of the first samples that differ: the settings are those of the task."""
    for one, other in requests:
        if one.generation != other.generation:
            return _differing(asdict(one.generation), asdict(other.generation))
    return []


def _samples(samples: Sequence[tuple[Sample, Sample]]) -> list[Fact]:
    """What is called the same and is not: figures over it compare different things."""
    parts: Mapping[str, Callable[[Sample], object]] = {
        "pages": lambda sample: [page.sha256 for page in sample.pages],
        "targets": lambda sample: sample.targets,
        "questions": lambda sample: sample.question,
        "choices": lambda sample: sample.choices,
        "documents": lambda sample: sample.document,
    }
    facts = []
    for about, part in parts.items():
        differing = [b.id for a, b in samples if part(a) != part(b)]
        if differing:
            told = f"other {about} under the same id in {len(differing)} samples"
            facts.append(Fact(about, ABSENT, told, f"the first is {differing[0]}"))
    return facts


def _task(aligned: Aligned, side: str) -> Json:
    loaded = (aligned.a if side == "a" else aligned.b).loaded
    return {
        "name": loaded.task.name,
        "version": loaded.task.version,
        "dataset": loaded.task.dataset.name,
        "dataset sha256": loaded.dataset_sha256,
        "scale": loaded.task.scale,
    }
