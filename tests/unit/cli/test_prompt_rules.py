"""What a plan tells of the rules that samples are asked with."""

from vlmhb.cli.prompt_rules import rule_lines, rules_json
from vlmhb.plan import RuleCount, RuleUse

FIELDS = tuple(RuleCount("pt@1", f"field act f{n}", 9 - n) for n in range(6))
REST = (RuleCount("pt@1", "class act", 1), RuleCount("pt@1", "default", 1200))
SYSTEM = (RuleCount("pt@1", "default", 3),)


def test_rules_are_told_by_kind_with_those_for_the_most_samples():
    lines = rule_lines([RuleUse("fields", ("m",), (*FIELDS, *REST), SYSTEM)])

    assert [
        "  fields: pt@1, 39 samples by field (act f0 9, act f1 8, act f2 7, act f3 6, and 2 more),"
        " 1 sample by class (act 1), 1,200 samples by default",
        "    system prompts: pt@1, 3 samples by default",
    ] == lines


def test_models_are_named_where_they_are_asked_with_other_sets():
    own = (RuleCount("own@2", "fixed", 3),)
    uses = [RuleUse("fields", ("a", "b"), SYSTEM, ()), RuleUse("fields", ("c",), own, ())]

    assert [
        "  fields (a, b): pt@1, 3 samples by default",
        "  fields (c): own@2, 3 samples by fixed",
    ] == rule_lines(uses)


def test_programs_get_every_rule():
    (one,) = rules_json([RuleUse("fields", ("m",), FIELDS, SYSTEM)])

    assert {
        "task": "fields",
        "models": ["m"],
        "prompts": [{"set": "pt@1", "rule": f"field act f{n}", "samples": 9 - n} for n in range(6)],
        "system_prompts": [{"set": "pt@1", "rule": "default", "samples": 3}],
    } == one
