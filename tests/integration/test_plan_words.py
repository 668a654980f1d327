"""What `vlmhb plan` and `vlmhb validate` tell about groups and prompts before anything is asked."""

import yaml

from tests.workspace import Workspace

UNSAID = "numbers: by_doc_class+langauge: no sample has a value for 'langauge'"
"""A key within a grouping that works otherwise."""
UNUSED = "prompt set mine@2: no sample here is of class 'from' (did you mean 'form'?)"


def test_rules_and_misspelt_keys_are_told_to_people_and_programs(workspace: Workspace):
    file = workspace.path / "configs/tasks/numbers.yaml"
    task = yaml.safe_load(file.read_text(encoding="utf-8"))
    del task["prompt"]
    (workspace.path / "configs/prompts").mkdir()
    rules = {
        "version": "2",
        "classes": {"from": {"prompt": "{{ question }}"}},
        "fields": {"form field0": {"prompt": "Number?", "system_prompt": "Be brief."}},
        "default": {"prompt": "{{ question }}"},
    }
    workspace.write_yaml("configs/prompts/mine.yaml", rules)
    workspace.write_yaml(
        "configs/tasks/numbers.yaml",
        task | {"prompts": "mine", "group_by": [["doc_class", "langauge"]]},
    )

    plan = workspace.vlmhb("plan", "run")
    in_json = workspace.vlmhb("plan", "run", "--json").json
    validated = workspace.vlmhb("validate", "run")

    assert (0, 0) == (plan.code, validated.code), plan.err + validated.err
    for out in (plan.out, validated.out):
        assert f"note: {UNSAID}" in out
        assert f"note: {UNUSED}" in out
    assert {UNSAID, UNUSED} <= {note.split(";")[0] for note in in_json["notes"]}
    assert "  numbers: mine@2, 2 samples by field (form field0 2), 4 samples by default" in plan.out
    assert "    system prompts: mine@2, 2 samples by field (form field0 2)" in plan.out
    assert [
        {"set": "mine@2", "rule": "field form field0", "samples": 2},
        {"set": "mine@2", "rule": "default", "samples": 4},
    ] == in_json["prompts"][0]["prompts"]
