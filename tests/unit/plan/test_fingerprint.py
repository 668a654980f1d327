"""Which changes make a run another run."""

from dataclasses import replace

import pytest

from tests.build import loaded, model, sample
from vlmhb.domain.gpu_choice import GpuChoice
from vlmhb.domain.model import IMPORTED, WeightsRef
from vlmhb.domain.prompt import one_prompt
from vlmhb.domain.run import LoadedTask, RunConfig
from vlmhb.domain.shard import Shard
from vlmhb.domain.task import AnswerKind, Generation
from vlmhb.plan import run_fingerprint
from vlmhb.store.open_run import changed_fields

TASK = loaded((sample(1),))
CONFIG = RunConfig("run", "run.yaml", (model(),), (TASK.task,), {}, 1, None, 0)
LOCKS = {"toy": "1" * 64}
BEFORE = run_fingerprint(CONFIG, [TASK], LOCKS)


def changed(config: RunConfig, task: LoadedTask = TASK, lock: str = "1" * 64) -> tuple[str, ...]:
    return changed_fields(BEFORE, run_fingerprint(config, [task], {"toy": lock}))


def asked(prompt: str, system_prompt: str = "") -> LoadedTask:
    return with_task(prompts=one_prompt("fields", "1", prompt, system_prompt))


def with_task(**changes: object) -> LoadedTask:
    return replace(TASK, task=replace(TASK.task, **changes))  # type: ignore[arg-type]


MARKED = with_task(prompts=replace(TASK.task.prompts, page_marks=True))


def test_the_same_inputs_have_the_same_fingerprint():
    assert () == changed(CONFIG)


def test_another_shard_is_another_run_also_when_it_has_the_same_samples():
    one, other = (
        run_fingerprint(replace(CONFIG, shard=Shard(number, 8)), [TASK], LOCKS) for number in (1, 2)
    )

    assert ("shard",) == changed_fields(one, other) == changed_fields(BEFORE, one)


def own(prompt: str) -> RunConfig:
    return replace(CONFIG, models=(model(prompts={"*": one_prompt("own", "1", prompt)}),))


def test_a_model_s_own_prompts_are_named_as_such():
    before = run_fingerprint(own("Well, {{ question }}"), [TASK], LOCKS)
    after = run_fingerprint(own("So, {{ question }}"), [TASK], LOCKS)
    task_changed = run_fingerprint(own("Well, {{ question }}"), [asked("Else?")], LOCKS)

    assert ("models.m.prompts",) == changed_fields(before, after)
    assert () == changed_fields(before, task_changed)


@pytest.mark.parametrize("prompt", ["{{question}}", "{{ question }}{# said to nobody #}"])
def test_prompts_count_as_they_are_sent(prompt: str):
    assert () == changed(CONFIG, with_task(prompts=one_prompt("other", "9", prompt)))


def test_a_run_of_models_that_read_pages_has_no_prompts():
    readers = replace(CONFIG, models=(model(answers=AnswerKind.PAGE_TEXT),))

    fields = [run_fingerprint(readers, [one], LOCKS) for one in (TASK, asked("Else?"))]

    assert () == changed_fields(*fields)


def test_answers_that_are_given_need_no_env():
    given = replace(CONFIG, models=(model(backend=IMPORTED, env=""),))

    assert "models.m.backend" in run_fingerprint(given, [TASK], {})


def test_other_rows_are_other_prompts_as_well():
    more = loaded((sample(1), sample(2)))

    assert ("tasks.fields.dataset", "tasks.fields.prompt") == changed(CONFIG, more)


@pytest.mark.parametrize(
    ("config", "task", "lock", "field"),
    [
        (replace(CONFIG, limit=3), TASK, "1" * 64, "limit"),
        (replace(CONFIG, seed=3), TASK, "1" * 64, "seed"),
        (replace(CONFIG, models=(model(params={"psm": 4}),)), TASK, "1" * 64, "models.m.params"),
        (replace(CONFIG, models=(model(backend="a:B"),)), TASK, "1" * 64, "models.m.backend"),
        (replace(CONFIG, models=(model(tasks=("fields",)),)), TASK, "1" * 64, "models.m.tasks"),
        (CONFIG, TASK, "2" * 64, "models.m.env"),
        (CONFIG, asked("Else?"), "1" * 64, "tasks.fields.prompt"),
        (CONFIG, asked("{{ question }}", "Be brief."), "1" * 64, "tasks.fields.prompt"),
        (CONFIG, with_task(generation=Generation(seed=1)), "1" * 64, "tasks.fields.generation"),
        (CONFIG, MARKED, "1" * 64, "tasks.fields.prompt"),
        (CONFIG, loaded((sample(1, question="Else?"),)), "1" * 64, "tasks.fields.prompt"),
        (CONFIG, loaded((sample(1, page_name="else"),)), "1" * 64, "tasks.fields.dataset"),
    ],
)
def test_each_change_that_may_change_an_answer_is_named(
    config: RunConfig, task: LoadedTask, lock: str, field: str
):
    assert (field,) == changed(config, task, lock)


@pytest.mark.parametrize(
    ("config", "task"),
    [
        (replace(CONFIG, max_workers=4), TASK),
        (replace(CONFIG, prefetch=0), TASK),
        (replace(CONFIG, gpus=GpuChoice(count=2)), TASK),
        (replace(CONFIG, models=(model(description="Better words."),)), TASK),
        (replace(CONFIG, models=(model(answer_timeout_s=1.0),)), TASK),
        (CONFIG, with_task(metrics={})),
        (CONFIG, loaded((replace(sample(1), targets=("the corrected truth",)),))),
        (CONFIG, with_task(description="Better words.")),
    ],
)
def test_what_cannot_change_an_answer_does_not_count(config: RunConfig, task: LoadedTask):
    assert () == changed(config, task)


def test_other_weights_make_another_run():
    configs = [
        replace(CONFIG, models=(model(weights=WeightsRef("Org/M", revision)),))
        for revision in ("main", "main", "dev")
    ]

    main, same, dev = (run_fingerprint(config, [TASK], LOCKS) for config in configs)

    assert main == same
    assert ("models.m.weights",) == changed_fields(main, dev)
    assert ("models.m.weights",) == changed_fields(BEFORE, main)


def test_a_model_s_tasks_may_be_named_in_another_order():
    orders = (("b", "a", "fields", "c"), ("c", "fields", "a", "b"))
    one, other = (
        run_fingerprint(replace(CONFIG, models=(model(tasks=order),)), [TASK], LOCKS)
        for order in orders
    )

    assert one == other
    assert ("models.m.tasks",) == changed_fields(BEFORE, one)
